// Which modals, popovers and menus are open. Their events do not bubble: they are caught on the way.
const open = new Set();
document.addEventListener("show", (event) => open.add(event.target), true);
document.addEventListener("hide", (event) => open.delete(event.target), true);

const shown = () => [...open].filter((overlay) => overlay.isConnected);

export const anythingOpen = () => shown().length > 0;

// The open modal that holds `near`, or that `near` (a form around it) holds.
export const openModal = (near) =>
  shown().find(
    (overlay) => overlay.matches("s-modal") && near && (overlay.contains(near) || near.contains(overlay)),
  );

export async function closeModal(near) {
  const modal = openModal(near);
  if (modal) await shopify.modal.hide(modal.id);
}

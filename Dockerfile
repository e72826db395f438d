# One image for web and worker; PostgreSQL and the broker are services beside it.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 UV_PROJECT_ENVIRONMENT=/opt/venv UV_LINK_MODE=copy
WORKDIR /app
RUN pip install uv==0.13.9
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY . .
ENV PATH=/opt/venv/bin:$PATH
RUN useradd --system --home-dir /app lejar
USER lejar
EXPOSE 8000
CMD ["sh", "-c", "exec gunicorn shopify_app.wsgi --worker-class shopify_app.web.Worker --threads 8 --bind 0.0.0.0:${PORT:-8000}"]

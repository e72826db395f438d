"""The phrases to translate, and the step that brings the catalogues up to date.

    python -m tests.catalogue

adds every phrase that code, templates or guides use to each `django.po`, with an empty translation
to fill in, takes out those that nothing uses any more, and compiles what is there (gettext's
`msgfmt` does). Run it again after translating. The tests fail while a translation is missing.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from accounting.connectors.guide import guides

ROOT = Path(__file__).parent.parent
LANGUAGES = ("ms", "zh_Hans")
PART = r'((?:"(?:[^"\\]|\\.)*"\n?)+)'
ENTRY = re.compile(rf'(?:^msgctxt "([^"]*)"\n)?^msgid {PART}^msgstr {PART}', re.MULTILINE)
TRANSLATE = re.compile(r"""{% translate (["'])(.*?)\1""")
BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate")
VARIABLE = re.compile(r"{{ ?(\w+) ?}}")
MARKERS = {"_", "lazy", "gettext", "pgettext_lazy"}  # as modules call gettext's functions
Phrase = tuple[str, str]  # its context, "" for none, and its words


def joined(quoted: str) -> str:
    return "".join(ast.literal_eval(line) for line in quoted.strip().splitlines())


def phrases_used() -> set[Phrase]:
    """Everything templates, code and guides ask a translation of."""
    used = {("", text) for guide in guides().values() for text in guide.texts}
    for template in (ROOT / "templates").rglob("*.html"):
        source = template.read_text(encoding="utf-8")
        used |= {("", phrase) for _, phrase in TRANSLATE.findall(source)}
        used |= {("", VARIABLE.sub(r"%(\1)s", phrase)) for phrase in BLOCK.findall(source)}
    for module in (ROOT / "shopify_app").rglob("*.py"):
        used |= set(_marked(ast.parse(module.read_text(encoding="utf-8"))))
    return used


def _marked(module: ast.Module) -> Iterator[Phrase]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            said = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
            if node.func.id in MARKERS and said:
                yield ("", *said)[-2], said[-1]


def brought_up_to_date(source: str, used: set[Phrase]) -> str:
    """The catalogue with an entry for each of `used`, new ones at its end, and for nothing else."""
    blocks = source.strip().split("\n\n")
    kept = [block for block in blocks[1:] if _phrase(block) in used]
    new = sorted(used - {_phrase(block) for block in kept})
    return "\n\n".join([blocks[0], *kept, *map(_entry, new)]) + "\n"


def _phrase(block: str) -> Phrase:
    found = ENTRY.search(block + "\n")
    return (found[1] or "", joined(found[2])) if found else ("", "")


def _entry(key: Phrase) -> str:
    context, phrase = key
    mark = "#, python-format\n" if re.search(r"%\(\w+\)s", phrase) else ""
    where = f"msgctxt {json.dumps(context, ensure_ascii=False)}\n" if context else ""
    return f'{mark}{where}msgid {json.dumps(phrase, ensure_ascii=False)}\nmsgstr ""'


def main() -> None:
    for language in LANGUAGES:
        catalogue = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
        source = catalogue.read_text(encoding="utf-8")
        catalogue.write_text(brought_up_to_date(source, phrases_used()), encoding="utf-8")
        compiled = str(catalogue.with_suffix(".mo"))
        command = ["msgfmt", "--check-format", "-o", compiled, str(catalogue)]
        subprocess.run(command, check=True)  # noqa: S603 a fixed command, run by a developer


if __name__ == "__main__":
    main()

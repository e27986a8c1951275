"""Every template renders its context and nothing else; every text is used; nothing inline that the policy forbids."""

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import jinja2.meta
import pytest

from leadline.app import web
from leadline.app.web import render, texts
from leadline.app.web.contexts import Page
from leadline.app.web.contexts.pieces import Shape
from tests.web.states import gallery

ROOM = Path(web.__file__).parent
PAGES = gallery()
GLOBALS = {"t", "to", "asset", "draw", "range"}


def rendered(page: Page) -> str:
    template = render.environment().get_template(page.template)
    return template.render({f.name: getattr(page, f.name) for f in fields(page)})


def reads(name: str, seen: set[str]) -> set[str]:
    """Give the variables that a template, and every template it extends, reads from its context."""
    environment = render.environment()
    source = (ROOM / "templates" / name).read_text(encoding="utf-8")
    tree = environment.parse(source)
    found = set(jinja2.meta.find_undeclared_variables(tree))
    for other in jinja2.meta.find_referenced_templates(tree):
        if other == "base.html" and other not in seen:
            found |= reads(other, seen | {other})
    imported = re.findall(r'from "[^"]+" import ([^%]+?) ?%}', source)
    macros = {part.split(" as ")[-1].strip() for names in imported for part in names.split(",")}
    return found - GLOBALS - macros


@pytest.mark.parametrize("kind", get_args(Page), ids=lambda kind: kind.__name__)
def test_a_template_reads_the_fields_of_its_context_and_no_other(kind: Any) -> None:
    declared = {f.name for f in fields(kind)}
    used = reads(kind.template, set())
    assert used <= declared
    assert declared == used, "a field that no template shows"
    assert kind.__doc__


@pytest.mark.parametrize("name", PAGES)
def test_every_page_and_state_renders(name: str) -> None:
    html = rendered(PAGES[name])
    assert html.count("<h1") == 1
    assert "None" not in re.sub(r"<[^>]+>", " ", html)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_carries_what_the_policy_forbids(name: str) -> None:
    html = rendered(PAGES[name])
    assert not re.search(
        r"<style|\sstyle=|\son[a-z]+=|javascript:|https?://", html.replace("http://www.w3.org", "")
    )
    assert re.findall(r"<script[^>]*>", html) == [f'<script src="{render.asset("leadline.js")}" defer>']


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_references_are_whole(name: str) -> None:
    html = rendered(PAGES[name])
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    named = " ".join(re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', html)).split()
    pointed = re.findall(r'<use href="#([^"]+)"', html)
    assert {*named, *pointed} <= set(ids)


def test_hostile_rows_are_text() -> None:
    html = rendered(PAGES["source"])
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in html


@pytest.mark.thorough
def test_pages_weigh_less_than_allowed() -> None:
    fixed = sum((render.STATIC / name).stat().st_size for name in ("leadline.css", "leadline.js", "icon.svg"))
    for page in PAGES.values():
        assert len(rendered(page).encode()) + fixed < 150_000


def test_every_status_has_its_own_drawn_shape() -> None:
    html = rendered(PAGES["home"])
    shapes = dict(re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', html))
    assert set(shapes) == {shape.replace(" ", "-") for shape in get_args(Shape)} | {"up", "down"}
    assert len(set(shapes.values())) == len(shapes)


def used_keys() -> tuple[set[str], list[str]]:
    """Give the text keys written whole in templates and views, and the beginnings of those that are put together."""
    whole: set[str] = set()
    beginnings: list[str] = []
    for path in (ROOM / "templates").rglob("*.html"):
        for call in re.findall(r"""\bt\(("[^"]*"|'[^']*')([^)]*)""", path.read_text(encoding="utf-8")):
            key = call[0][1:-1]
            beginnings.append(key) if call[1].strip().startswith("~") else whole.add(key)
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                beginnings.append(str(node.values[0].value))
    return whole, [b for b in beginnings if "." in b]


@pytest.mark.thorough
def test_every_text_is_used() -> None:
    whole, beginnings = used_keys()
    unused = [
        key for key in texts.TEXTS if key not in whole and not any(key.startswith(b) for b in beginnings)
    ]
    assert unused == []


def test_every_key_in_a_template_has_a_text() -> None:
    for path in (ROOM / "templates").rglob("*.html"):
        for key, rest in re.findall(
            r"""\bt\((?:"|')([^"']+)(?:"|')([^)]*)""", path.read_text(encoding="utf-8")
        ):
            assert rest.strip().startswith("~") or key in texts.TEXTS, f"{path.name}: {key}"


@pytest.mark.thorough
def test_every_key_asked_for_in_python_has_a_text() -> None:
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "say"
                and node.args
            ):
                keys = [
                    c.value
                    for c in ast.walk(node.args[0])
                    if isinstance(c, ast.Constant) and "." in str(c.value)
                ]
                if not isinstance(node.args[0], ast.JoinedStr):
                    assert set(keys) <= set(texts.TEXTS), f"{path.name}:{node.lineno}"


def test_templates_hold_no_words_of_their_own() -> None:
    for path in (ROOM / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for part in (
            r"block layout %\}\w+",
            r"\{#.*?#\}",
            r"\{%.*?%\}",
            r"\{\{.*?\}\}",
            r"<!doctype html>",
            r"<[^>]*>",
        ):
            text = re.sub(part, " ", text, flags=re.DOTALL)
        assert re.findall(r"[A-Za-z]{2,}", text) == [], path.name


def test_counts_choose_one_or_many() -> None:
    assert texts.say("date.day", count=1) == "1 day"
    assert texts.say("date.day", count=3) == "3 days"

"""Finds English that is left on a page in Spanish: what is quoted says so by `lang="en"`, or stands in a list."""

import html.parser
import re

ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|was|were|with|not|from|by|for|this|that|what|who|when|until|since|its?|nothing|none|yes|"
    r"now|has|have|can|been|at|on|or|show|page|here|there|where|which|somebody|nobody|flights?|alarms?|zones?|permits?|"
    r"heights?|speed|unknown|never|again|sign|out|new)\b",
    re.IGNORECASE,
)
"""Words of English that Spanish has not."""
VOID = {"meta", "link", "br", "hr", "input", "img", "path", "circle", "line", "rect"}
UNREAD = {"script", "style", "code", "q"}
SAID = {"aria-label", "title", "placeholder", "alt", "data-label"}


class Texts(html.parser.HTMLParser):
    """What a page says, apart from what it quotes."""

    def __init__(self):
        super().__init__()
        self.stack, self.found = [], []

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        quoted = (self.stack[-1][1] if self.stack else False) or tag in UNREAD
        quoted = (of["lang"] == "en" or tag in UNREAD) if "lang" in of else quoted
        if not quoted:
            self.found += [of[name] for name in SAID & of.keys() if of[name]]
        if tag not in VOID:
            self.stack.append((tag, quoted))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not (self.stack and self.stack[-1][1]):
            self.found.append(data.strip())


def left(text, quoted=()):
    """Return what of a page is English, without the names and words that are quoted."""
    page = Texts()
    page.feed(text)
    names = re.compile("|".join(map(re.escape, quoted)) or "(?!)")
    return [said for said in page.found if ENGLISH.search(names.sub("", said))]

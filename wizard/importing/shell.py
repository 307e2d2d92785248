"""Tokens → commands: loops, conditions, functions, lists. Every row of tokens gives commands.

What fits no rule of the grammar is left out and noted with its line.
"""

from wizard.importing.script import Note
from wizard.importing.syntax import (
    AndOr,
    Block,
    Case,
    Compute,
    Count,
    For,
    Function,
    Heredoc,
    If,
    Node,
    Pipeline,
    Simple,
    While,
    Word,
    mentions_launch,
)
from wizard.importing.words import Scanner, Token

MAX_NESTING = 30
_ENDS_SIMPLE = frozenset([";", "&", "&&", "||", "|", "|&", "(", ")", ";;", ";&", ";;&"])
_ARM_ENDS = frozenset([";;", ";&", ";;&"])
_CLOSING_WORDS = frozenset(["then", "elif", "else", "fi", "do", "done", "esac", "}", "in"])
_TUNING = ("scaling_governor", "sysctl")


def parse(text: str, line: int = 1) -> tuple[Block, tuple[Note, ...]]:
    """The commands of a text, and what could not be read in it."""
    scanner = Scanner(text, line)
    parser = _Parser(scanner.scan())
    block = parser.block(frozenset())
    unclosed = [Note(number, "", "a quote or bracket opens here and is never closed") for number in scanner.unclosed]
    return block, (*unclosed, *parser.notes)


class _Parser:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        self.position = 0
        self.nesting = 0
        self.notes: list[Note] = []

    @property
    def token(self) -> Token:
        return self.tokens[min(self.position, len(self.tokens) - 1)]

    def bare(self) -> str:
        """The token's text if it is a plain word."""
        return self.token.word.bare if self.token.word is not None else ""

    def operator(self) -> str:
        return self.token.text if self.token.kind == "operator" else ""

    def advance(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def skip_newlines(self) -> None:
        while self.token.kind == "newline":
            self.position += 1

    def expect(self, word: str) -> None:
        """Moves over a keyword; its absence is noted."""
        while self.token.kind == "newline" or self.operator() == ";":
            self.position += 1
        if self.bare() == word:
            self.position += 1
        else:
            self.note(f"`{word}` is missing here")

    def note(self, message: str) -> None:
        self.notes.append(Note(self.token.line, self.token.text.strip(), message))

    def block(self, stops: frozenset[str], closing: str = "") -> Block:
        """Commands up to a closing word or operator, which is left for the caller."""
        line = self.token.line
        commands: list[Node] = []
        while self.token.kind != "end":
            if self.token.kind == "newline" or self.operator() in (";", "&"):
                self.position += 1
            elif self.bare() in stops or (closing and self._closes(closing)):
                break
            elif self.bare() in _CLOSING_WORDS or self.operator() in {*_ARM_ENDS, ")", "&&", "||", "|", "|&"}:
                self.note(f"`{self.token.text}` belongs to nothing")
                self.position += 1
            else:
                commands.append(self.and_or())
        return Block(tuple(commands), line)

    def _closes(self, closing: str) -> bool:
        return self.operator() in _ARM_ENDS if closing == ";;" else self.operator() == closing

    def and_or(self) -> Node:
        line, first = self.token.line, self.pipeline()
        rest: list[tuple[str, Node]] = []
        while self.operator() in ("&&", "||"):
            operator = self.advance().text
            self.skip_newlines()
            if self.token.kind == "end":
                break
            rest.append((operator, self.pipeline()))
        return AndOr(first, tuple(rest), line) if rest else first

    def pipeline(self) -> Node:
        line, negated = self.token.line, False
        while self.bare() in ("!", "time"):
            negated ^= self.advance().text == "!"
        commands = [self.command()]
        while self.operator() in ("|", "|&"):
            self.advance()
            self.skip_newlines()
            if self.token.kind == "end":
                break
            commands.append(self.command())
        return Pipeline(tuple(commands), negated, line) if negated or len(commands) > 1 else commands[0]

    def command(self) -> Node:
        line = self.token.line
        if self.nesting >= MAX_NESTING:
            self.note("nested too deeply; the rest of the file was not read")
            self.position = len(self.tokens)
            return Block((), line)
        self.nesting += 1
        try:
            return self._command()
        finally:
            self.nesting -= 1

    def _command(self) -> Node:
        line = self.token.line
        if self.token.kind == "arithmetic":
            return Compute(self.advance().text, line)
        if self.operator() == "(":
            self.advance()
            body = self.block(frozenset(), ")")
            self._close(")")
            return Block(body.commands, line, subshell=True)
        compound = {
            "if": self._if,
            "for": self._for,
            "select": self._for,
            "while": self._while,
            "until": self._while,
            "case": self._case,
            "function": self._function,
            "{": self._group,
        }.get(self.bare())
        if compound is not None:
            return self._redirected(compound())
        if self._defines_function():
            return self._function()
        return self._simple()

    def _close(self, operator: str) -> None:
        if self.operator() == operator:
            self.position += 1
        else:
            self.note(f"`{operator}` is missing here")

    def _redirected(self, node: Node) -> Node:
        """Redirections behind a compound command change nothing that is looked for."""
        while self.operator() and self.operator() not in _ENDS_SIMPLE:
            self.position += 2
        return node

    def _group(self) -> Node:
        line = self.advance().line
        body = self.block(frozenset("}"))
        self.expect("}")
        return Block(body.commands, line)

    def _if(self) -> Node:
        line = self.token.line
        branches: list[tuple[Block, Block]] = []
        otherwise: Block | None = None
        while self.bare() in ("if", "elif"):
            self.advance()
            condition = self.block(frozenset(["then", "elif", "else", "fi"]))
            self.expect("then")
            branches.append((condition, self.block(frozenset(["elif", "else", "fi"]))))
        if self.bare() == "else":
            self.advance()
            otherwise = self.block(frozenset(["fi"]))
        self.expect("fi")
        return If(tuple(branches), otherwise, line)

    def _for(self) -> Node:
        line = self.advance().line
        if self.token.kind == "arithmetic":
            start, condition, step = (*self.advance().text.split(";"), "", "", "")[:3]
            return Count(start, condition, step, self._body(), line)
        name = self.advance().text
        self.skip_newlines()
        words: tuple[Word, ...] | None = None
        if self.bare() == "in":
            self.advance()
            words = self._words_of_line()
        return For(name, words, self._body(), line)

    def _words_of_line(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while self.token.word is not None:
            words.append(self.token.word)
            self.position += 1
        return tuple(words)

    def _body(self) -> Block:
        """``do … done``, or braces."""
        while self.token.kind == "newline" or self.operator() == ";":
            self.position += 1
        opening, closing = ("{", "}") if self.bare() == "{" else ("do", "done")
        self.expect(opening)
        body = self.block(frozenset([closing]))
        self.expect(closing)
        return body

    def _while(self) -> Node:
        line = self.advance().line
        condition = self.block(frozenset(["do", "done"]))
        return While(condition, self._body(), line)

    def _case(self) -> Node:
        line = self.advance().line
        subject = self.advance().word or Word((), line)
        self.expect("in")
        arms: list[tuple[tuple[Word, ...], Block]] = []
        while True:
            self.skip_newlines()
            if self.token.kind == "end" or self.bare() == "esac":
                break
            arms.append((self._patterns(), self.block(frozenset(["esac"]), ";;")))
            if self.operator() in _ARM_ENDS:
                self.position += 1
        self.expect("esac")
        return Case(subject, tuple(arms), line)

    def _patterns(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while self.token.kind not in ("end", "newline"):
            token = self.advance()
            if token.text == ")":
                break
            if token.word is not None:
                words.append(token.word)
        return tuple(words)

    def _defines_function(self) -> bool:
        ahead = self.tokens[self.position + 1 : self.position + 3]
        return self.token.word is not None and [token.text for token in ahead] == ["(", ")"]

    def _function(self) -> Node:
        if self.bare() == "function":
            self.advance()
        line, name = self.token.line, self.advance().text
        if self.operator() == "(":
            self.position += 2
        self.skip_newlines()
        start = self.position
        body = self.command()
        text = _text(self.tokens[start : self.position])
        return Function(name, body, line, mentions_launch(text), any(word in text for word in _TUNING))

    def _simple(self) -> Node:
        line = self.token.line
        words: list[Word] = []
        outputs: list[Word] = []
        heredocs: list[Heredoc] = []
        while self.token.kind in ("word", "operator") and self.operator() not in _ENDS_SIMPLE:
            token = self.advance()
            if token.word is not None:
                words.append(token.word)
                continue
            if token.heredoc is not None:
                heredocs.append(token.heredoc)
            target = self.advance().word if self.token.kind == "word" else None
            if target is not None and ">" in token.text and not token.text.endswith("&"):
                outputs.append(target)
        test = bool(words) and words[0].bare == "[["
        return Simple(tuple(words), line, tuple(heredocs), tuple(outputs), test)


def _text(tokens: tuple[Token, ...]) -> str:
    return " ".join(token.heredoc.body if token.heredoc else token.text for token in tokens)

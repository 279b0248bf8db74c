"""LaTeX statements become readable text."""

from __future__ import annotations

import pytest

from ttsd.problems.latex import latex_to_markdown


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param(r"\section*{Input}", "## Input", id="section"),
        pytest.param(r"\subsection{Scoring}", "### Scoring", id="subsection"),
        pytest.param(r"\textbf{a} \emph{b} \texttt{c}", "**a** *b* `c`", id="emphasis"),
        pytest.param(r"\textbf{a \emph{b} c}", "**a *b* c**", id="nested emphasis"),
        pytest.param(r"at most $10\%$ of \$5 \& more", r"at most $10\%$ of $5 & more", id="math is kept"),
        pytest.param(r"\[ a_i \& \emph{x} \]", r"\[ a_i \& \emph{x} \]", id="display math is kept"),
        pytest.param("a % a lone $ sign\nb $x$", "a\nb $x$", id="comment"),
        pytest.param("% whole line\nb", "b", id="comment line"),
        pytest.param("``quoted'' and `this'", "\"quoted\" and 'this'", id="quotes"),
        pytest.param("1--2, so --- yes", "1\u20132, so \u2014 yes", id="dashes"),
        pytest.param("a~b\\\\\nc", "a b\nc", id="tie and line break"),
        pytest.param(r"\verb|a_%b|", "`a_%b`", id="verb"),
        pytest.param(r"\href{http://x}{here}", "[here](http://x)", id="link"),
        pytest.param(r"\problemname{Sums}Text\nextsample", "Text", id="kattis commands"),
        pytest.param(r"\unheardof{x}", r"\unheardof{x}", id="unknown command stays"),
    ],
)
def test_a_command_becomes_markdown(source: str, text: str) -> None:
    assert latex_to_markdown(source).text == text


def test_lists_keep_their_order_and_depth() -> None:
    source = r"""
\begin{enumerate}
  \item first
    \begin{itemize}
      \item inner
    \end{itemize}
  \item second
\end{enumerate}
after"""
    assert latex_to_markdown(source).text == "1. first\n  - inner\n2. second\n\nafter"


def test_a_table_keeps_its_rows() -> None:
    source = "\\begin{tabular}{|l|r|}\n\\hline\na & 1 \\\\\nb & 2 \\\\\n\\hline\n\\end{tabular}"
    assert [line.strip() for line in latex_to_markdown(source).text.splitlines()] == ["a | 1", "b | 2"]


def test_verbatim_text_is_untouched() -> None:
    assert latex_to_markdown("\\begin{verbatim}\n% \\emph{x} $\n\\end{verbatim}").text == "```\n% \\emph{x} $\n```"


@pytest.mark.parametrize(
    "source",
    [r"a\includegraphics[width=3cm]{map.png}b", r"a\illustration{0.3}{map.png}{A \emph{map}}b"],
)
def test_a_picture_is_left_out_and_named(source: str) -> None:
    converted = latex_to_markdown(source)
    assert converted.text == "ab"
    assert converted.notes == ("the statement's picture map.png is left out",)

"""What `settle` writes for people: two languages, yuan, names beside codes, files to hand out, nothing that acts."""

import csv
import json
import unicodedata
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.text import Text
from sim.core.visible import neutral, restored, visible
from sim.settle.command import settle
from sim.settle.explain import explain
from sim.settle.ledger_reading import read_ledger
from sim.settle.write import sheets
from sim.settle.write.safe import file_names
from sim.settle.write.sheet_files import read_sheet
from sim.settle.write.terminal import show
from tests.settle_world import FILES, county, explained, write

PACKAGE = ("payment=package", "settlement.lump_per_head=690")
CJK = range(0x4E00, 0xA000)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- language, amounts, names -----------------------------------------------------------------------------------------
def test_every_heading_and_word_is_chinese_where_chinese_is_asked_for(tmp_path: Path) -> None:
    county(tmp_path / "out", *PACKAGE, "language=zh", f"ledger={tmp_path / 'ledger'}")
    files = [
        *(tmp_path / "out").glob("*.csv"),
        tmp_path / "out" / "statements" / "index.csv",
        tmp_path / "out" / "statements" / "0003.csv",
        *(tmp_path / "ledger").glob("*s*.csv"),
    ]
    assert len(files) >= 12
    for path in files:
        for heading in path.read_text(encoding="utf-8-sig").splitlines()[0].split(","):
            assert any(ord(sign) in CJK for sign in heading), (path.name, heading)
            heading.encode("gb2312")
    (whole,) = [
        row
        for row in table(tmp_path / "out" / "providers.csv")
        if row["医疗机构编码"] == "0003" and row["医疗类别"] == "合计"
    ]
    assert whole["机构层级"] == "县级医院"
    assert whole["医疗机构名称"] != whole["医疗机构编码"]
    codes = {"village", "township", "county", "inpatient", "outpatient", "all"}
    assert not codes & {cell for row in table(tmp_path / "out" / "providers.csv") for cell in row.values()}


def test_amounts_are_in_yuan_and_the_file_for_programs_says_that_it_is_in_fen(tmp_path: Path) -> None:
    """fee for service pays 6,806,500.00 yuan (published-results 4.2)."""
    county(tmp_path / "out", "payment=ffs")
    (fund,) = table(tmp_path / "out" / "fund.csv")
    assert fund["receipts"] == "6806500.00"
    assert fund["label"]
    schema = pq.read_schema(tmp_path / "out" / "receipts.parquet")
    for name in ("charge", "statutory", "patient", "receipt.ffs"):
        assert schema.field(name).metadata == {b"unit": b"fen"}, name
    assert schema.field("cases").metadata is None
    assert json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["money"] == "fen"


def test_both_languages_hold_the_same_and_are_explained(tmp_path: Path) -> None:
    for language in ("en", "zh"):
        county(tmp_path / language, *PACKAGE, f"language={language}")
        explained(tmp_path / language)
    for sheet in (sheets.PROVIDERS, sheets.COMMUNITIES, sheets.GROUPS):
        assert read_sheet(tmp_path / "en" / sheet.file, sheet) == read_sheet(tmp_path / "zh" / sheet.file, sheet)


def test_the_journal_is_read_in_any_language_and_labels_names(tmp_path: Path) -> None:
    ledger = f"ledger={tmp_path / 'ledger'}"
    county(tmp_path / "one", *PACKAGE, ledger, "language=zh")
    before = read_ledger(tmp_path / "ledger")
    entry = table(tmp_path / "ledger" / "journal.csv")[0]
    assert entry["debit"] == "fund"
    assert entry["kind_label"] == "预算下达"
    again = county(tmp_path / "two", *PACKAGE, ledger)
    assert "2024 is closed with the same amounts: nothing was posted" in again.notes
    after = read_ledger(tmp_path / "ledger")
    assert (after.accounts, after.reasons, after.closed) == (before.accounts, before.reasons, before.closed)
    assert all((new == old).all() for new, old in zip(after.entries, before.entries, strict=True))
    named = {row["账户主体"]: row["名称"] for row in table(tmp_path / "ledger" / "statements_institutions.csv")}
    assert named["医疗机构0003"] == "县人民医院"


def test_the_ledger_keeps_the_name_of_an_institution_that_is_gone(tmp_path: Path) -> None:
    county(tmp_path / "one", *PACKAGE, f"ledger={tmp_path / 'ledger'}")
    later = {}
    for name in ("claims", "enrolment", "providers"):
        lines = (FILES / f"{name}.csv").read_text(encoding="utf-8").replace("2024", "2025").splitlines(keepends=True)
        later[name] = write(tmp_path / f"{name}.csv", "".join(line for line in lines if "0003" not in line.split(",")))
    county(tmp_path / "two", *PACKAGE, f"ledger={tmp_path / 'ledger'}", f"enrolment={later['enrolment']}",
           claims=later["claims"], providers=later["providers"])  # fmt: skip
    named = {row["owner"]: row["name"] for row in table(tmp_path / "ledger" / "statements_institutions.csv")}
    assert named["institution 0003"] == "县人民医院"


# --- a statement for each institution ---------------------------------------------------------------------------------
def test_each_institution_has_a_page_and_a_table_that_tell_nothing_of_others(tmp_path: Path) -> None:
    county(tmp_path / "out", "payment=ffs,package", "settlement.lump_per_head=690", "language=zh")
    place = tmp_path / "out" / "statements"
    index = read_sheet(place / "index.csv", sheets.INDEX)
    assert [row["provider"] for row in index] == ["0001", "0002", "0003", "0004"]
    assert {path.name for path in place.iterdir()} == {
        "index.csv",
        *(row[kind] for row in index for kind in ("statement", "table")),
    }
    everything = {row["provider"]: row["name"] for row in index}
    for row in index:
        page = (place / row["statement"]).read_text(encoding="utf-8")
        rows = (place / row["table"]).read_text(encoding="utf-8-sig")
        for text in (page, rows):
            assert row["name"] in text
            assert not [name for code, name in everything.items() if code != row["provider"] and name in text]
        assert "2024年度结算单" in page
        assert "单位：元" in page
        assert "口径（" not in page or "package" in page
        assert {cells["provider"] for cells in read_sheet(place / row["table"], sheets.PROVIDERS)} == {row["provider"]}
    whole = (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    assert all(name in whole for name in everything.values())


def test_notes_that_name_an_institution_reach_only_its_own_statement(tmp_path: Path, monkeypatch) -> None:
    from sim.settle import command

    read = command.read

    def reading(asked, claims, providers, chosen, findings):  # type: ignore[no-untyped-def]
        findings.say(Text("two bills of 0002 were read otherwise", "0002的两张结算单另行读取"))
        findings.say(Text("the column 险种 is not there: all rows count as resident", "没有险种列：全部按居民"))
        return read(asked, claims, providers, chosen, findings)

    monkeypatch.setattr(command, "read", reading)
    county(tmp_path / "out", "payment=ffs")
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "out" / "statements").glob("*.html")}
    assert [name for name, page in pages.items() if "two bills of 0002" in page] == ["0002"]
    assert all("the column 险种 is not there" in page for page in pages.values())
    assert "further notes are about the settlement as a whole" in pages["0003"]
    assert "further notes" not in pages["0002"]


STRANGE = ["../../etc/passwd", "a/b", "..", ".", "", "CON", "con", "H1", "h1", "index", "县医院", "县医院 ", "a b",
           "a_b", "x" * 300, "x" * 301, "-rf", "a\x00b", "aux", "Ｈ1"]  # fmt: skip


def test_file_names_are_safe_and_never_shared() -> None:
    names = file_names(STRANGE, ["index"])
    assert len({name.casefold() for name in names} | {"index"}) == len(STRANGE) + 1
    for name in names:
        assert name.isascii()
        assert 0 < len(name) <= 80
        assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        assert not name.startswith("-")
        assert name.casefold() not in {"con", "aux"}
    assert file_names(["H33050300123"]) == ["H33050300123"]


@given(st.lists(st.text(max_size=90), unique=True, max_size=8))
def test_no_two_codes_share_a_file(codes: list[str]) -> None:
    assert len({name.casefold() for name in file_names(codes)}) == len(codes)


def test_a_code_cannot_leave_the_folder(tmp_path: Path) -> None:
    codes = ["../../out2", "A/1", "h1", "H1", "长" * 120]
    claims, providers = strange_county(tmp_path, {code: f"医院{n}" for n, code in enumerate(codes)})
    county(tmp_path / "out", "payment=ffs", claims=claims, providers=providers)
    place = tmp_path / "out" / "statements"
    index = read_sheet(place / "index.csv", sheets.INDEX)
    assert [row["provider"] for row in index] == codes
    assert all((place / row["statement"]).is_file() for row in index)
    assert {path.name for path in tmp_path.iterdir()} == {"c.parquet", "p.parquet", "out"}


# --- nothing that acts ------------------------------------------------------------------------------------------------
HOSTILE = {
    "=cmd|' /C calc'!A0": "=HYPERLINK(\"http://x\")", "+1": "+1+1", "-1": "-2+3", "@x": "@SUM(A1)", "＝1": "＝1+1",
    "H1": "\t=1+1", "H2": "\r=1+1", "H3": "<script>alert(1)</script>", "H4": "[red]县[/] :smile: [/b]",
    "H5": "\x1b[31m\x07\u202e县", "H6": "a,\"b\"\n=c", "H7": "'=x", "H8": " -5",
}  # fmt: skip


def strange_county(folder: Path, names: dict[str, str]) -> tuple[Path, Path]:
    """One stay in each of some institutions; Parquet, because CSV cannot hold every name."""
    size = len(names)
    pq.write_table(pa.table({"provider": list(names), "name": list(names.values()), "tier": ["county"] * size,
                             "community": ["=东"] * size}), folder / "p.parquet")  # fmt: skip
    pq.write_table(pa.table({"claim": [f"=S{n}" for n in range(size)], "provider": list(names),
                             "date": ["2024-01-02"] * size, "category": ["inpatient"] * size, "group": ["A"] * size,
                             "charge": ["100.00"] * size, "statutory": ["60.00"] * size}),
                   folder / "c.parquet")  # fmt: skip
    return folder / "c.parquet", folder / "p.parquet"


def test_hostile_names_go_through_everything_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims, providers = strange_county(tmp_path, HOSTILE)
    heads = write(tmp_path / "e.csv", "医共体,参保人数\n=东,100\n")
    groups = write(tmp_path / "g.csv", "病组编码,病组名称,权重\nA,=1+1,0.5\n-B,@x,0.9\n")
    words = ["payment=drg_package", "payment.within.rate=100", "payment.within.coefficient=1",
             "settlement.lump_per_head=10", f"enrolment={heads}", f"ledger={tmp_path / 'ledger'}"]  # fmt: skip
    result = county(tmp_path / "out", *words, claims=claims, providers=providers, groups=groups)
    show(result)
    told = capsys.readouterr().out
    for place in (tmp_path / "out", tmp_path / "out" / "statements", tmp_path / "ledger"):
        for path in place.glob("*.csv"):
            with path.open(encoding="utf-8-sig", newline="") as file:
                cells = {cell for row in csv.reader(file) for cell in row}
            bad = {cell for cell in cells if acts(cell) and not number(cell)}
            assert not bad, (path.name, bad)
    known = {row["provider"]: row["name"] for row in read_sheet(tmp_path / "out" / "providers.csv", sheets.PROVIDERS)}
    codes = [unicodedata.normalize("NFKC", code.strip()) for code in HOSTILE]  # full-width letters are the same
    assert known == dict(zip(codes, map(as_read, HOSTILE.values()), strict=True))
    assert [row["group"] for row in read_sheet(tmp_path / "out" / "groups.csv", sheets.GROUPS)] == ["A", "-B"]
    assert "<script>" not in (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")
    pages = [told, (tmp_path / "out" / "statements.html").read_text(encoding="utf-8")]
    for code in HOSTILE:
        pages.append(explain([f"provider={code}", f"settled={tmp_path / 'out'}", "language=zh"]))
        assert code in pages[-1]
    pages.append(explain(["claim==S0", f"settled={tmp_path / 'out'}"]))
    for page in pages:
        assert not [sign for sign in page if unicodedata.category(sign) in ("Cc", "Cf") and sign != "\n"]
    explained(tmp_path / "out")
    again = county(tmp_path / "again", *words, claims=claims, providers=providers, groups=groups)
    assert "2024 is closed with the same amounts: nothing was posted" in again.notes


def test_the_terminal_shows_names_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims, providers = strange_county(tmp_path, {code: HOSTILE[code] for code in ("H4", "H5")})
    show(county(tmp_path / "out", "payment=drg", "payment.rate=100", "payment.coefficient=1", claims=claims,
                providers=providers))  # fmt: skip
    told = capsys.readouterr().out
    assert "H4 [red]县[/] :smile: [/b] " in told
    assert "H5 \\x1b[31m\\x07\\u202e县 " in told


def test_groups_that_settle_wrote_are_read_again(tmp_path: Path) -> None:
    groups = write(tmp_path / "g.csv", "病组编码,病组名称,权重\nA,=1+1,0.5\n-B,@x,0.9\n=C,名,0.9\n")
    claims = write(tmp_path / "c.csv", "provider,category,group,year,charge,statutory\n0003,住院,-B,2024,100,50\n")
    words = ["payment=drg", "payment.rate=100", "payment.coefficient=1"]
    for language in ("en", "zh"):
        first = county(tmp_path / language, *words, f"language={language}", claims=claims, groups=groups)
        again = county(tmp_path / f"{language}2", *words, claims=claims, groups=tmp_path / language / "groups.csv")
        assert again.fund.equals(first.fund)
        assert int(first.fund["receipts"].iloc[0]) == 9000 - 5000  # 100 x 0.9 less the patient side


def as_read(name: str) -> str:
    """A name as the files are read: without blanks around it, and a leading apostrophe, as docs/data.md says."""
    return name.strip().removeprefix("'")


def acts(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula."""
    seen = cell.lstrip("".join(map(chr, range(33))) + "\u3000\ufeff\u200b")
    return cell[:1] in ("\t", "\r") or (seen[:1] != "" and seen[0] in "=+-@＝＋－＠")


def number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdecimal() and not cell.startswith("+")


def test_a_reason_that_looks_like_a_formula_stays_a_reason(tmp_path: Path) -> None:
    ledger = f"ledger={tmp_path / 'ledger'}"
    county(tmp_path / "one", "payment=ffs", ledger)
    text = (FILES / "claims.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    fewer = write(tmp_path / "c.csv", "".join(text[:-1]))
    county(tmp_path / "two", "payment=ffs", ledger, "correction==1+1", claims=fewer)
    assert "=1+1" in read_ledger(tmp_path / "ledger").reasons
    again = county(tmp_path / "three", "payment=ffs", ledger, claims=fewer)
    assert "2024 is closed with the same amounts: nothing was posted" in again.notes


@given(st.text(alphabet=st.sampled_from("=+-@'\t\r\n ＝a1\u200b县"), max_size=8))
def test_what_is_written_for_a_spreadsheet_comes_back_exactly(text: str) -> None:
    assert restored(neutral(text)) == text
    assert not acts(neutral(text))


def test_numbers_are_never_changed(tmp_path: Path) -> None:
    county(tmp_path / "out", *PACKAGE, "settlement.overrun_share=1")
    cells = {cell for row in table(tmp_path / "out" / "providers.csv") for cell in row.values()}
    assert not [cell for cell in cells if cell.startswith("'")]
    (fund,) = table(tmp_path / "out" / "fund.csv")
    assert fund["transfer"] == "93500.00"  # 690 x 10,000 less what is due, 6,806,500


def test_visible_text_keeps_rare_characters() -> None:
    assert visible("𠮷\ue000　县") == "𠮷\ue000　县"
    assert visible("a\u202eb\u200bc\x9b") == "a\\u202eb\\u200bc\\x9b"


# --- templates --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("payment", ["ffs", "drg", "dip", "apg", "package", "signed_quota"])
def test_the_templates_together_are_settled_in_both_languages(tmp_path: Path, language: str, payment: str) -> None:
    from sim.settle.write.template import TEMPLATES, write_template

    for name in TEMPLATES:
        path = write_template(name, tmp_path / f"{name}.csv", language=language)
        heads = path.read_text(encoding="utf-8-sig").splitlines()[0]
        assert any(ord(sign) in CJK for sign in heads) == (language == "zh")
        page = path.with_suffix(".README.md").read_text(encoding="utf-8")
        assert ("| 表头 |" in page) == (language == "zh")
    files = [f"{name}={tmp_path / name}.csv" for name in TEMPLATES if name not in UNUSED.get(payment, ("items",))]
    result = settle([*files, f"payment={payment}", "settlement.lump_per_head=690", f"out={tmp_path / 'out'}",
                     f"language={language}"])  # fmt: skip
    assert result.findings.cells == 0
    assert int(result.fund["ffs"].iloc[0]) == 408_000  # the stay of the example, 4,050.00, and its visit


UNUSED = {"apg": (), "signed_quota": ("items",)}


def test_every_column_of_a_template_is_explained_in_chinese() -> None:
    from sim.settle.read.columns_zh import DOCS_ZH
    from sim.settle.write.template import FILES as DECLARED

    assert {name: [c.name for c in columns] for name, columns in DECLARED.items()} == {
        name: list(DOCS_ZH[name]) for name in DECLARED
    }

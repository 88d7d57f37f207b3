"""A large file of made-up claims for `settle`, the same every time; written in pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

PIECE = 500_000
INSTITUTIONS = 1_000
GROUPS = 700


def write_files(folder: Path, rows: int, form: str = "csv") -> None:
    """``claims.csv`` (or ``.parquet``) with so many single claims, and the small files beside it."""
    draw = np.random.default_rng(20_240_131)
    tiers = np.array(["村卫生室", "乡镇卫生院", "县级医院", "市级医院"])
    kinds = [0] * 800 + [1] * 150 + [2] * 40 + [3] * 10
    lines = [f"H{i:05d},{tiers[kinds[i]]},{'AB'[i % 2] if kinds[i] < 3 else ''}\n" for i in range(INSTITUTIONS)]
    (folder / "providers.csv").write_text("医疗机构编码,机构层级,所属医共体\n" + "".join(lines), encoding="utf-8")
    weights = "".join(f"G{i:03d},{0.2 + i / 200:.3f}\n" for i in range(GROUPS))
    (folder / "groups.csv").write_text("病组编码,权重\n" + weights, encoding="utf-8")
    (folder / "enrolment.csv").write_text("医共体,参保人数\nA,500000\nB,500000\n", encoding="utf-8")
    provider_names = pa.array([f"H{i:05d}" for i in range(INSTITUTIONS)])
    group_names = pa.array([f"G{i:03d}" for i in range(GROUPS)])
    days = np.arange("2024-01-01", "2024-12-31", dtype="datetime64[D]")
    dates = pa.array([str(day).replace("-", "/") for day in days])
    kind = pq.ParquetWriter if form == "parquet" else csv.CSVWriter
    with kind(folder / f"claims.{form}", _schema()) as writer:
        for start in range(0, rows, PIECE):
            writer.write_table(_piece(draw, start, min(PIECE, rows - start), provider_names, group_names, dates))


def _schema() -> pa.Schema:
    names = (
        "结算单号",
        "个人编号",
        "医疗机构编码",
        "结算日期",
        "险种",
        "医疗类别",
        "病组编码",
        "责任医共体",
        "住院天数",
        "医疗总费用",
        "政策范围内费用",
        "统筹基金支付",
    )
    return pa.schema([(name, pa.string()) for name in names])


def _piece(
    draw: np.random.Generator, start: int, size: int, providers: pa.Array, groups: pa.Array, dates: pa.Array
) -> pa.Table:
    number = pa.array(np.arange(start, start + size) + 202_400_000_000).cast(pa.string())
    person = pa.array(draw.integers(0, 1_000_000, size) + 330_500_000_000).cast(pa.string())
    stay = draw.random(size) < 0.1
    charge = np.where(stay, draw.integers(100_000, 2_000_000, size), draw.integers(1_000, 50_000, size))
    covered = charge * 9 // 10
    texts = [_yuan(amount) for amount in (charge, covered, covered * 7 // 10)]
    columns = [
        number,
        person,
        providers.take(pa.array(draw.integers(0, INSTITUTIONS, size))),
        dates.take(pa.array(draw.integers(0, len(dates), size))),
        pa.array(np.where(draw.random(size) < 0.9, "居民", "职工")),
        pa.array(np.where(stay, "住院", "普通门诊")),
        pc.if_else(pa.array(stay), groups.take(pa.array(draw.integers(0, GROUPS, size))), ""),
        pa.array(np.where(draw.random(size) < 0.5, "A", "B")),
        pa.array(np.where(stay, 8, 0)).cast(pa.string()),
        *texts,
    ]
    return pa.table(columns, schema=_schema())


def _yuan(fen: np.ndarray) -> pa.Array:
    """Fen as text in yuan."""
    whole, cents = pa.array(fen // 100).cast(pa.string()), pa.array(fen % 100 + 100).cast(pa.string())
    return pc.binary_join_element_wise(whole, pc.utf8_slice_codeunits(cents, 1), ".")

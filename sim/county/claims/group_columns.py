"""Tables of case groups: their columns, each declared once for the simulation and for `settle`."""

from __future__ import annotations

from sim.core.files.cells import Column

GROUP = Column("group", "病组编码", "text", True, "Code of the case group; unique.", "G03",
               ("DRG编码", "DIP编码", "病种编码", "分组编码", "code"))  # fmt: skip
NAME = Column("name", "病组名称", "name", False, "Name.", "慢性阻塞性肺疾病", ("病种名称", "分组名称"))
WEIGHT = Column("weight", "权重", "weight", True,
                "Relative weight, kept to a millionth; or a column `score` (分值), which is divided by 1,000.", "0.90",
                ("RW", "相对权重", "分值系数"), 1, 1_000 * 10**6)  # fmt: skip
KINDS = ("procedure", "medical", "ancillary")
KIND_TERMS: dict[str, tuple[str, ...]] = {
    "procedure": ("手术操作", "操作", "治疗"),
    "medical": ("内科就诊", "诊疗", "就诊"),
    "ancillary": ("辅助", "检查检验", "检验", "检查", "药品"),
}
PACKAGED = ("no", "yes")
PACKAGED_TERMS: dict[str, tuple[str, ...]] = {"no": ("否", "不打包"), "yes": ("是", "打包")}
GROUPS = (
    GROUP, NAME, WEIGHT,
    Column("kind", "服务类型", "kind", False, "Outpatient groups of items: what kind of service; not needed elsewhere.",
           "", ("项目类型",)),
    Column("related", "合并类", "text", False, "Outpatient groups: procedures of one class count once, the heaviest.",
           "", ("同类合并",)),
    Column("packaged", "是否打包", "packaged", False, "Outpatient groups: whether an ancillary is packaged; yes when "
           "empty.", "", ("打包",)),
)  # fmt: skip
"""The table of `settle`: groups of stays, of visits, and of services of a visit."""

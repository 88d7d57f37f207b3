"""A paid year told again: each rule's arithmetic a second time, step by step, held against what was really paid.

Nothing that pays imports anything from here (docs/adr/0010-explained-apart.md says why).
"""

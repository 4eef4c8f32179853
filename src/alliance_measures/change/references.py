"""The papers behind the formulas, as BibTeX."""

from __future__ import annotations

__all__ = ["BIBTEX"]

BIBTEX: dict[str, str] = {
    "jacobson1991": """@article{jacobson1991,
  author  = {Jacobson, Neil S. and Truax, Paula},
  title   = {Clinical significance: A statistical approach to defining meaningful change in
             psychotherapy research},
  journal = {Journal of Consulting and Clinical Psychology},
  year    = {1991}, volume = {59}, number = {1}, pages = {12--19},
  doi     = {10.1037/0022-006X.59.1.12}
}""",
    "lord1968": """@book{lord1968,
  author    = {Lord, Frederic M. and Novick, Melvin R.},
  title     = {Statistical theories of mental test scores},
  publisher = {Addison-Wesley},
  year      = {1968}
}""",
    "hsu1989": """@article{hsu1989,
  author  = {Hsu, Louis M.},
  title   = {Reliable changes in psychotherapy: Taking into account regression toward the mean},
  journal = {Behavioral Assessment},
  year    = {1989}, volume = {11}, number = {4}, pages = {459--467}
}""",
    "speer1992": """@article{speer1992,
  author  = {Speer, David C.},
  title   = {Clinically significant change: {J}acobson and {T}ruax (1991) revisited},
  journal = {Journal of Consulting and Clinical Psychology},
  year    = {1992}, volume = {60}, number = {3}, pages = {402--408},
  doi     = {10.1037/0022-006X.60.3.402}
}""",
    "nunnally1983": """@article{nunnally1983,
  author  = {Nunnally, Jum C. and Kotsch, William E.},
  title   = {Studies of individual subjects: Logic and methods of analysis},
  journal = {British Journal of Clinical Psychology},
  year    = {1983}, volume = {22}, number = {2}, pages = {83--93},
  doi     = {10.1111/j.2044-8260.1983.tb00582.x}
}""",
    "hageman1999": """@article{hageman1999,
  author  = {Hageman, Willem J. J. M. and Arrindell, Willem A.},
  title   = {Establishing clinically significant change: Increment of precision and the
             distinction between individual and group level of analysis},
  journal = {Behaviour Research and Therapy},
  year    = {1999}, volume = {37}, number = {12}, pages = {1169--1193},
  doi     = {10.1016/S0005-7967(99)00032-7}
}""",
    "jaeschke1989": """@article{jaeschke1989,
  author  = {Jaeschke, Roman and Singer, Joel and Guyatt, Gordon H.},
  title   = {Measurement of health status: Ascertaining the minimal clinically important
             difference},
  journal = {Controlled Clinical Trials},
  year    = {1989}, volume = {10}, number = {4}, pages = {407--415},
  doi     = {10.1016/0197-2456(89)90005-6}
}""",
    "jacobson1984": """@article{jacobson1984,
  author  = {Jacobson, Neil S. and Follette, William C. and Revenstorf, Dirk},
  title   = {Psychotherapy outcome research: Methods for reporting variability and evaluating
             clinical significance},
  journal = {Behavior Therapy},
  year    = {1984}, volume = {15}, number = {4}, pages = {336--352},
  doi     = {10.1016/S0005-7894(84)80002-7}
}""",
}

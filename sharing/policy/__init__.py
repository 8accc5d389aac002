"""Who may see what: the one decision of the platform (domain §3, pure).

`decide` answers for one object and one subject, `view` for one incident; `audience` and
`outcomes` ask the same clauses for many members at once, to preview and to fan out.
"""

from sharing.policy.audience import audience, audience_digest, row_json
from sharing.policy.codes import Code, Codes
from sharing.policy.decide import decide, notice, view
from sharing.policy.outcomes import outcomes
from sharing.policy.paths import Path
from sharing.policy.types import (
    AS_MEMBER,
    PUBLIC,
    Act,
    Context,
    Granular,
    Item,
    Kind,
    Obligations,
    Outcome,
    PassOn,
    Principal,
    Reach,
    Redaction,
    Row,
    Share,
    ShareKind,
    Subject,
    Verdict,
)

__all__ = [
    "AS_MEMBER",
    "PUBLIC",
    "Act",
    "Code",
    "Codes",
    "Context",
    "Granular",
    "Item",
    "Kind",
    "Obligations",
    "Outcome",
    "PassOn",
    "Path",
    "Principal",
    "Reach",
    "Redaction",
    "Row",
    "Share",
    "ShareKind",
    "Subject",
    "Verdict",
    "audience",
    "audience_digest",
    "decide",
    "notice",
    "outcomes",
    "row_json",
    "view",
]

"""What the other rooms, the interface and the demonstration may use of the catalogue of help."""

from archipel.programmes.catalogue.queries.aids import Shelf, aid, aids, offers, shelves, themes
from archipel.programmes.catalogue.queries.applying import Checked, Offered, checked, offered, one_offered
from archipel.programmes.catalogue.queries.feedback import (
    FeedbackLine,
    Published,
    feedback_of,
    feedbacks,
    marks,
    published,
)
from archipel.programmes.catalogue.queries.places import Ght, ght, ghts, region_name, regions
from archipel.programmes.catalogue.queries.quotas import ShareLine, movements, shares
from archipel.programmes.catalogue.queries.requests import (
    RequestLine,
    Step,
    answer_days,
    leads,
    may_speak,
    request_line,
    requests,
    steps,
)
from archipel.programmes.catalogue.queries.search import Answer, Found, search
from archipel.programmes.catalogue.services import feedback
from archipel.programmes.catalogue.services.index import refresh
from archipel.programmes.catalogue.services.offers import (
    OfferDraft,
    Written,
    fix_answer_delay,
    withdraw_offer,
    write_offer,
)
from archipel.programmes.catalogue.services.requests import (
    Act,
    Draft,
    ask,
    complete,
    end,
    give_opinion,
    start,
    take_back,
    withdraw,
)
from archipel.programmes.catalogue.values import Acte, Acteur, Aide, Avis, Etat, Theme

__all__ = [
    "Act", "Acte", "Acteur", "Aide", "Answer", "Avis", "Checked", "Draft", "Etat", "FeedbackLine", "Found", "Ght",
    "OfferDraft", "Offered", "Published", "RequestLine", "ShareLine", "Shelf", "Step", "Theme", "Written", "aid",
    "aids", "answer_days", "ask", "checked", "complete", "end", "feedback", "feedback_of", "feedbacks",
    "fix_answer_delay", "ght", "ghts", "give_opinion", "leads", "marks", "may_speak", "movements", "offered", "offers",
    "one_offered", "published", "refresh", "region_name", "regions", "request_line", "requests", "search", "shares",
    "shelves", "start", "steps", "take_back", "themes", "withdraw", "withdraw_offer", "write_offer",
]  # fmt: skip

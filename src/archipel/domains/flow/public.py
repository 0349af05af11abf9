"""The public face of patient flow: all that upper layers and connectors may use."""

from __future__ import annotations

from archipel.domains.flow.queries.balance import BalanceRow, BedBalance, bed_balance
from archipel.domains.flow.queries.capacity import Capacity, Counts, EdLoad, SiteCapacity, UnitCapacity, capacity
from archipel.domains.flow.queries.downstream import Found, Search, search_beds
from archipel.domains.flow.queries.ed import ed_board, ed_loads, ed_patient, site_of
from archipel.domains.flow.queries.ed_values import DepartmentLoad, EdBoard, EdPatient
from archipel.domains.flow.queries.exits import EdExit, VenueInfo, ed_exits, venue_info
from archipel.domains.flow.queries.expected import ExpectedCount, expected_counts, register_forecaster
from archipel.domains.flow.queries.history import FiliereStay, filiere_stays
from archipel.domains.flow.queries.indicators.beds import bed_state_freshness, followed_capacity
from archipel.domains.flow.queries.indicators.boarding import boarding_delays
from archipel.domains.flow.queries.indicators.identities import qualified_identities
from archipel.domains.flow.queries.indicators.passages import passage_completeness
from archipel.domains.flow.queries.indicators.requests import request_answers
from archipel.domains.flow.queries.indicators.tension import bed_need_followed, tension_journal_kept
from archipel.domains.flow.queries.nomenclature import nomenclature, search_codes
from archipel.domains.flow.queries.offers import (
    OfferMapping,
    Said,
    forecasts,
    mapping,
    offer_versions,
    offers,
    should_say,
    today,
)
from archipel.domains.flow.queries.passages import ed_passages, venue_passages
from archipel.domains.flow.queries.path import Path, VenueRow, venue_key, venues_by_number, venues_of
from archipel.domains.flow.queries.path import path as venue_path
from archipel.domains.flow.queries.regional import Neighbour, neighbours
from archipel.domains.flow.queries.requests import (
    RequestLine,
    request_line,
    request_steps,
    requests_of,
    waiting_count,
)
from archipel.domains.flow.queries.sheet_links import SheetLink, register_sheet_links
from archipel.domains.flow.queries.tension import (
    SiteSignals,
    TensionLevel,
    level_history,
    need_history,
    site_signals,
    tension_journal,
    tension_levels,
)
from archipel.domains.flow.queries.tension_config import TensionConfig, tension_config
from archipel.domains.flow.queries.unit import UnitBoard, unit_board
from archipel.domains.flow.rules.tension import same_week
from archipel.domains.flow.services.beds import (
    CLOSURE_KINDS,
    ISOLATIONS,
    BedAct,
    BedKey,
    cancel_reservation,
    close_bed,
    mark_cleaned,
    mark_to_clean,
    plan_move,
    reopen_bed,
    reserve_bed,
    set_isolation,
    set_room_sex,
    set_staffed,
    undo,
)
from archipel.domains.flow.services.ed import (
    EdAct,
    ask_orientation,
    cancel_orientation,
    record_medical_start,
    record_triage,
)
from archipel.domains.flow.services.ed import undo as undo_ed
from archipel.domains.flow.services.ingest import Batch, Changed, ingest, venue_id
from archipel.domains.flow.services.offers import (
    Validated,
    check_offer,
    declare_offer,
    end_offer,
    validate_forecast_capacity,
)
from archipel.domains.flow.services.passage_days import store_days
from archipel.domains.flow.services.passages import PassageAct, enter_items, undo_items
from archipel.domains.flow.services.past_passages import PastOutcome, PastResult, PastRow, store_past_passages
from archipel.domains.flow.services.regional import RegionalFigure, RegionalOffer, store_regional
from archipel.domains.flow.services.requests import (
    Identity,
    RequestAct,
    accept_request,
    cancel_request,
    create_request,
    read_identity,
    refuse_request,
    undo_answer,
)
from archipel.domains.flow.services.settling import Settled, settle, settle_requests
from archipel.domains.flow.services.store import Received
from archipel.domains.flow.services.tension import (
    TensionAct,
    compute_tension,
    confirm_tension,
    declare_tension,
    lift_tension,
    tension_tick,
)
from archipel.domains.flow.services.ticking import announce_due
from archipel.domains.flow.values.offers import ForecastFigure, Offer
from archipel.domains.flow.values.passages import Item, Passage
from archipel.domains.flow.values.ranking import BedRequest
from archipel.domains.flow.values.tension import DayCount, Level

__all__ = [
    "CLOSURE_KINDS",
    "ISOLATIONS",
    "BalanceRow",
    "Batch",
    "BedAct",
    "BedBalance",
    "BedKey",
    "BedRequest",
    "Capacity",
    "Changed",
    "Counts",
    "DayCount",
    "DepartmentLoad",
    "EdAct",
    "EdBoard",
    "EdExit",
    "EdLoad",
    "EdPatient",
    "ExpectedCount",
    "FiliereStay",
    "ForecastFigure",
    "Found",
    "Identity",
    "Item",
    "Level",
    "Neighbour",
    "Offer",
    "OfferMapping",
    "Passage",
    "PassageAct",
    "PastOutcome",
    "PastResult",
    "PastRow",
    "Path",
    "Received",
    "RegionalFigure",
    "RegionalOffer",
    "RequestAct",
    "RequestLine",
    "Said",
    "Search",
    "Settled",
    "SheetLink",
    "SiteCapacity",
    "SiteSignals",
    "TensionAct",
    "TensionConfig",
    "TensionLevel",
    "UnitBoard",
    "UnitCapacity",
    "Validated",
    "VenueInfo",
    "VenueRow",
    "accept_request",
    "announce_due",
    "ask_orientation",
    "bed_balance",
    "bed_need_followed",
    "bed_state_freshness",
    "boarding_delays",
    "cancel_orientation",
    "cancel_request",
    "cancel_reservation",
    "capacity",
    "check_offer",
    "close_bed",
    "compute_tension",
    "confirm_tension",
    "create_request",
    "declare_offer",
    "declare_tension",
    "ed_board",
    "ed_exits",
    "ed_loads",
    "ed_passages",
    "ed_patient",
    "end_offer",
    "enter_items",
    "expected_counts",
    "filiere_stays",
    "followed_capacity",
    "forecasts",
    "ingest",
    "level_history",
    "lift_tension",
    "mapping",
    "mark_cleaned",
    "mark_to_clean",
    "need_history",
    "neighbours",
    "nomenclature",
    "offer_versions",
    "offers",
    "passage_completeness",
    "plan_move",
    "qualified_identities",
    "read_identity",
    "record_medical_start",
    "record_triage",
    "refuse_request",
    "register_forecaster",
    "register_sheet_links",
    "reopen_bed",
    "request_answers",
    "request_line",
    "request_steps",
    "requests_of",
    "reserve_bed",
    "same_week",
    "search_beds",
    "search_codes",
    "set_isolation",
    "set_room_sex",
    "set_staffed",
    "settle",
    "settle_requests",
    "should_say",
    "site_of",
    "site_signals",
    "store_days",
    "store_past_passages",
    "store_regional",
    "tension_config",
    "tension_journal",
    "tension_journal_kept",
    "tension_levels",
    "tension_tick",
    "today",
    "undo",
    "undo_answer",
    "undo_ed",
    "undo_items",
    "unit_board",
    "validate_forecast_capacity",
    "venue_id",
    "venue_info",
    "venue_key",
    "venue_passages",
    "venue_path",
    "venues_by_number",
    "venues_of",
    "waiting_count",
]

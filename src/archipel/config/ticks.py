"""What the worker does about once a second, besides applying messages."""

from __future__ import annotations

from collections.abc import Callable

from archipel.connectors.hl7v2_pam.silence import check_silence
from archipel.connectors.ror.worker import ror_tick
from archipel.connectors.rpu.deposits import rpu_tick
from archipel.domains.flow.public import announce_due, settle, tension_tick
from archipel.domains.systems.public import reminders_tick
from archipel.foundation.audit.chain import seal_tick
from archipel.foundation.outbox.services import purge
from archipel.foundation.webhooks.delivery import webhooks_tick
from archipel.passages.documents.public import prepare_tick as documents_tick
from archipel.passages.pathway.public import erase_tick
from archipel.programmes.dossiers.public import remind_tick
from archipel.programmes.funding.public import portfolio_tick
from archipel.programmes.maturity.public import remind_tick as campaign_tick
from archipel.programmes.perimetre.public import sync_tick
from archipel.programmes.proof.public import freezing_tick, round_tick
from archipel.scenarios.forecast.public import forecast_tick
from archipel.scenarios.trajectory.public import trajectory_tick


def due() -> None:
    """Planned moves and discharges whose hour has come."""
    announce_due()


TICKS: tuple[Callable[[], None], ...] = (
    due,
    settle,
    tension_tick,
    check_silence,
    seal_tick,
    purge,
    webhooks_tick,
    documents_tick,
    erase_tick,
    sync_tick,
    portfolio_tick,
    remind_tick,
    campaign_tick,
    reminders_tick,
    freezing_tick,
    round_tick,
    ror_tick,
    rpu_tick,
    forecast_tick,
    trajectory_tick,
)

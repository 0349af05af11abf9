"""Life in the wards: arriving in a bed, expected exit, transfers, discharge, death, births, cleaning."""

from __future__ import annotations

from archipel.demo.simulator.calendar import DAY, HOUR, MINUTE, at_hour, day_of, weekday
from archipel.demo.simulator.core import Core
from archipel.demo.simulator.downstream import Downstream, Request
from archipel.demo.simulator.profiles import BIRTH_SHARE, DEATHS, EXIT_HOURS, EXIT_WEEKDAYS, TO_SMR
from archipel.demo.simulator.world import Bed, Stay, Ward
from archipel.demo.structure import DemoUf

_QUICK = frozenset({"accueil", "tri", "attente", "radio", "aval"})


class WardFlow:
    """What happens in beds, for any ward."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.downstream = Downstream(core, self.arrive, self.announce_transfer, self.forget_transfer)

    # --- beds -------------------------------------------------------------------------------------------

    def vacate(self, bed: Bed, stay: Stay) -> None:
        """The patient left the bed: it must be cleaned before it is free."""
        core, ward = self.core, bed.ward
        ward.leave(bed)
        usage = bed.source.usage
        if usage in _QUICK:
            core.later(core.now + 2 * MINUTE, self._ready, bed)
        elif usage == "lit":
            core.deed("nettoyage_a_faire", ward, bed, stay)
            core.later(core.now + int((25 + core.spread(25.0, 0.5)) * MINUTE), self._cleaned, bed)
        else:
            core.later(core.now + (4 + int(core.random.random() * 6)) * MINUTE, self._ready, bed)

    def _cleaned(self, bed: Bed) -> None:
        self.core.deed("lit_nettoye", bed.ward, bed, None)
        self._ready(bed)

    def _ready(self, bed: Bed) -> None:
        bed.ward.ready(bed)
        if bed.source.usage == "lit":
            self.downstream.serve(bed.ward)
        else:
            self.place_ready(bed)

    def place_ready(self, bed: Bed) -> None:
        """Called when an ED place is free; the emergency process overrides it."""

    def put(self, stay: Stay, bed: Bed) -> None:
        """Put the patient in a bed that was taken for it, leaving the former one."""
        former = stay.bed
        bed.held, bed.stay = None, stay
        stay.bed, stay.ward, stay.uf, stay.site = bed, bed.ward, bed.ward.uf, bed.ward.site
        if former is not None:
            self.vacate(former, stay)

    def detach(self, stay: Stay) -> None:
        """The patient leaves its bed for good."""
        self._forget_due(stay)
        stay.phase += 1
        if stay.bed is not None:
            self.vacate(stay.bed, stay)
            stay.bed = None
        if stay.kept is not None:
            self.vacate(stay.kept, stay)
            stay.kept = None

    # --- length of stay ---------------------------------------------------------------------------------

    def _forget_due(self, stay: Stay) -> None:
        if stay.due_day and stay.ward is not None:
            left = stay.ward.leaving.get(stay.due_day, 0) - 1
            if left > 0:
                stay.ward.leaving[stay.due_day] = left
            else:
                stay.ward.leaving.pop(stay.due_day, None)
            stay.due_day = 0

    def _set_due(self, stay: Stay, due: int) -> None:
        self._forget_due(stay)
        stay.due = due
        stay.due_day = day_of(due)
        ward = stay.ward
        if ward is not None:
            ward.leaving[stay.due_day] = ward.leaving.get(stay.due_day, 0) + 1
        stay.phase += 1
        self.core.later(due, self._end, (stay, stay.phase))

    def exit_time(self, earliest: int) -> int:
        """A believable time of discharge, not before ``earliest``."""
        random = self.core.random
        day = day_of(earliest)
        for _ in range(4):
            if random.random() < EXIT_WEEKDAYS[weekday(day)]:
                break
            day += 1
        at = at_hour(day, self.core.pick(EXIT_HOURS) + random.random())
        return at if at > earliest else at + DAY

    def settle(self, stay: Stay, remaining: int = 0) -> None:
        """Decide how long the patient stays in the present ward and how that ends."""
        core, ward = self.core, stay.ward
        if ward is None:
            return
        filiere, random = ward.uf.filiere, self.core.random
        length = remaining or core.length(filiere, ward.stay_scale)
        roll = random.random()
        if roll < DEATHS.get(filiere, 0.0):
            stay.outcome = "deces"
        elif filiere in ("SCA", "SCP"):
            stay.outcome = "aval" if random.random() < 0.86 else "domicile"
        elif random.random() < TO_SMR.get(filiere, 0.0):
            stay.outcome = "smr"
        else:
            stay.outcome = "domicile"
        due = core.now + max(length, 2 * HOUR)
        if stay.outcome == "domicile":
            due = self.exit_time(due)
        elif stay.outcome != "deces":
            due = max(at_hour(day_of(due), 9 + random.random() * 8), core.now + 2 * HOUR)
        self._set_due(stay, due)
        told = stay.outcome != "deces" and filiere != "UHCD" and random.random() < 0.6
        stay.announced = at_hour(day_of(due) + random.choice((0, 0, 0, 1, -1)), 14) if told else 0
        if stay.announced <= core.now:
            stay.announced = 0
        if stay.outcome == "domicile" and due - core.now > 20 * HOUR and random.random() < 0.85:
            eve = at_hour(day_of(due) - 1, 14.5 + random.random() * 4)
            core.later(max(eve, core.now + HOUR), self._announce, (stay, stay.phase))
        if filiere == "OBS" and stay.person.sex == "F" and not remaining and random.random() < BIRTH_SHARE:
            core.later(core.now + int(core.spread(7.0, 0.6) * HOUR), self._birth, (stay, stay.phase))

    def _announce(self, pair: tuple[Stay, int]) -> None:
        """The exit is told for tomorrow (A16); sometimes it slips (A25) and is told again."""
        stay, phase = pair
        if stay.over or stay.phase != phase:
            return
        core = self.core
        stay.announced = stay.due
        stay.expected_exit_movement = core.tell("A16", stay, "", at=stay.due, when=stay.due).movement
        if core.random.random() < 0.10:
            early = stay.due - (1 + int(core.random.random() * 3)) * HOUR
            core.later(max(core.now + 20 * MINUTE, early), self._slip, (stay, phase))

    def _slip(self, pair: tuple[Stay, int]) -> None:
        stay, phase = pair
        if stay.over or stay.phase != phase:
            return
        core = self.core
        core.tell("A25", stay, "", at=stay.announced, when=stay.announced,
                  movement=stay.expected_exit_movement, original="A16")  # fmt: skip
        stay.expected_exit_movement = stay.announced = 0
        self._set_due(stay, self.exit_time(core.now + 20 * HOUR))
        eve = at_hour(day_of(stay.due) - 1, 16 + core.random.random())
        core.later(max(eve, core.now + HOUR), self._announce, (stay, stay.phase))

    # --- the end ----------------------------------------------------------------------------------------

    def _end(self, pair: tuple[Stay, int]) -> None:
        stay, phase = pair
        if stay.over or stay.phase != phase:
            return
        if stay.away:
            self.come_back(stay)
        if stay.outcome == "aval":
            need = "PED" if stay.ward is not None and stay.ward.uf.filiere == "SCP" else self._after_critical(stay)
            self._wait_for(stay, need, 1, 36 * HOUR)
        elif stay.outcome == "smr":
            self._wait_for(stay, "SMR", 2, 5 * DAY)
        else:
            self.discharge(stay, "9" if stay.outcome == "deces" else "8")

    def _after_critical(self, stay: Stay) -> str:
        random = self.core.random
        return "CHI" if "CHI" in stay.site.wards and random.random() < 0.5 else "MED"

    def _wait_for(self, stay: Stay, need: str, rank: int, patience: int) -> None:
        core = self.core
        self._forget_due(stay)
        stay.phase += 1
        stay.pending_movement = core.tell("A15", stay, "", wish=need).movement
        request = self.downstream.ask(stay, need, rank)
        if not request.done:
            if stay.ward is not None:
                core.deed("demande_aval", stay.ward, stay.bed, stay, filiere=need)
            core.later(core.now + patience, self._give_up, (stay, stay.phase, request))

    def _give_up(self, triple: tuple[Stay, int, Request]) -> None:
        stay, phase, request = triple
        if stay.over or stay.phase != phase or request.done:
            return
        self.downstream.withdraw(request)
        self.cancel_pending(stay)
        stay.outcome = "domicile"
        self._set_due(stay, self.exit_time(self.core.now + HOUR))

    def cancel_pending(self, stay: Stay) -> None:
        """The transfer asked for will not take place (A26)."""
        if stay.pending_movement:
            self.core.tell("A26", stay, "", movement=stay.pending_movement, original="A15")
            stay.pending_movement = 0

    def discharge(self, stay: Stay, mode: str) -> None:
        """The patient leaves for good; ``mode`` is the PMSI mode of exit."""
        core = self.core
        if mode == "9":
            stay.person.dead_at = core.now
            stay.person.changed()
        core.tell("A03", stay, mode=mode)
        self.detach(stay)
        self.close(stay)
        if stay.child is not None and not stay.child.over:
            core.tell("A03", stay.child, mode="8")
            self.close(stay.child)

    def close(self, stay: Stay) -> None:
        """The venue is over."""
        stay.over = True
        stay.person.stays -= 1
        stay.member.registry.remember(stay.person, day_of(self.core.now))

    # --- arriving ---------------------------------------------------------------------------------------

    def arrive(self, request: Request, bed: Bed) -> None:
        """The patient reaches the downstream bed that was held for it."""
        stay, core, ward = request.stay, self.core, bed.ward
        if ward.site.member is not stay.member or ward.uf.filiere == "SMR":
            self._transfer(stay, bed, request.incoming)
            return
        emergency = stay.klass == "E"
        stay.klass = "I"
        self._forget_due(stay)
        if stay.kept is not None:
            self.vacate(stay.kept, stay)
            stay.kept = None
        self.put(stay, bed)
        stay.medical = self._responsible(stay, ward)
        stay.pending_movement = 0
        self.settle(stay)
        core.tell("A06" if emergency else "A02", stay, when=stay.announced)

    def _responsible(self, stay: Stay, ward: Ward) -> DemoUf:
        """The UF médicale: that of the needed filière when the patient is hosted by another one."""
        if stay.need != ward.uf.filiere and stay.need in stay.site.wards and stay.need in ("CHI", "MED", "GER"):
            return stay.site.wards[stay.need][0].uf
        return ward.uf

    def announce_transfer(self, request: Request, bed: Bed, at: int) -> None:
        """The other establishment expects the patient (A14); it registers the patient if needed (A28)."""
        core, ward = self.core, bed.ward
        member = ward.site.member
        person = member.registry.known_elsewhere(request.stay.person)
        person.created = True
        core.tell_person("A28", member, person)
        new = core.new_stay(member, person, "I", ward.uf.filiere, ward)
        new.entry = "7"
        new.bed = bed
        new.preadmission_movement = core.tell("A14", new, at=at, when=at).movement
        new.bed = None
        request.incoming = new

    def forget_transfer(self, request: Request) -> None:
        """The announced patient will not come (A27)."""
        new = request.incoming
        if new is not None:
            self.core.tell("A27", new, movement=new.preadmission_movement, original="A14")
            self.close(new)

    def _transfer(self, stay: Stay, bed: Bed, incoming: Stay | None) -> None:
        """To another establishment, or to rehabilitation: the venue ends and another one begins."""
        core, ward = self.core, bed.ward
        mode = "6" if incoming is None else "7"
        core.tell("A03", stay, mode=mode)
        self.detach(stay)
        self.close(stay)
        new = incoming or core.new_stay(stay.member, stay.person, "I", ward.uf.filiere, ward)
        new.entry, new.begun = mode, core.now
        self.put(new, bed)
        self.settle(new)
        core.tell("A01", new, when=new.announced)

    def admit(self, stay: Stay, bed: Bed) -> None:
        """A scheduled or direct admission into a bed just taken."""
        self.put(stay, bed)
        self.settle(stay)
        self.core.tell("A01", stay, when=stay.announced)

    # --- in between -------------------------------------------------------------------------------------

    def come_back(self, stay: Stay) -> None:
        """End of a leave of absence (A22)."""
        stay.away = False
        self.core.tell("A22", stay, "S")

    def _birth(self, pair: tuple[Stay, int]) -> None:
        mother, _ = pair
        core, ward = self.core, mother.ward
        if mother.over or ward is None or mother.bed is None or ward.uf.filiere != "OBS" or mother.child is not None:
            return
        child = mother.member.registry.newborn(mother.person, day_of(core.now))
        child.created = True
        core.tell_person("A28", mother.member, child)
        if core.random.random() < 0.07:
            for neonatal in mother.site.wards.get("SCP", ()):
                stay = core.new_stay(mother.member, child, "I", "SCP", neonatal)
                bed = neonatal.take(stay)
                if bed is not None:
                    stay.entry = "N"
                    self.admit(stay, bed)
                    return
                child.stays -= 1
        stay = core.new_stay(mother.member, child, "I", "OBS", ward)
        stay.entry, stay.room, stay.ward = "N", mother.bed.chambre, ward
        mother.child = stay
        core.tell("A01", stay)

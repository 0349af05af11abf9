"""Writing a rubric: versions, choices, restoring, drafts, remarks, and what pages keep when something goes wrong."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.dossiers.models import Comment, Draft, Fork, Notification, Revision
from archipel.programmes.dossiers.queries.listing import notifications
from archipel.programmes.dossiers.queries.writing import writing as read
from archipel.programmes.dossiers.services import commenting, notifying, writing
from tests.factories.dossiers import CHU, LANGRES, MACON, account, agency, open_one, region

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
Pair = tuple[User, User, int]


@pytest.fixture
def pair() -> Pair:
    region()
    one, two = (account(Role.CHARGE_PROGRAMMES, CHU, name) for name in ("alice", "benoit.x"))
    return one, two, open_one(scope_of(one), parties=(LANGRES,))


def put(user: User, dossier: int, base: int, text: str, rubric: str = "enjeux") -> writing.Saved:
    return writing.save(scope=scope_of(user), dossier=dossier, rubric=rubric, base=base, content={"texte": text})


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_versions_follow_one_another_and_are_never_changed(pair: Pair) -> None:
    one, two, number = pair
    assert put(one, number, 0, "A.").version == 1
    assert put(one, number, 1, "A.").outcome is writing.Outcome.INCHANGE
    assert put(two, number, 1, "A. B.").version == 2
    done = writing.restore(scope=scope_of(one), dossier=number, rubric="enjeux", version=1)
    assert (done.version, done.content) == (3, {"texte": "A."})
    for wrong in (0, 9):
        with pytest.raises(NotFound):
            writing.restore(scope=scope_of(one), dossier=number, rubric="enjeux", version=wrong)
    with pytest.raises(Invalid):
        put(one, number, 7, "X.")
    with in_scope(scope_of(one)):
        found = read(scope=scope_of(one), dossier=number, rubric="enjeux")
        assert [(v.number, v.kind, v.actor) for v in found.history] == [
            (3, "restauration", "alice"), (2, "saisie", "benoit.x"), (1, "saisie", "alice"),
        ]  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            Revision.objects.update(content={})


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ("actuel", "Selon Alice."),
        ("autre", "Selon Benoît."),
        ("deux", "Selon Alice.\n\nSelon Benoît."),
        ("texte", "Autre."),
    ],
)
def test_two_texts_are_kept_until_somebody_chooses(pair: Pair, choice: str, text: str) -> None:
    one, two, number = pair
    put(one, number, 0, "Départ.")
    put(one, number, 1, "Selon Alice.")
    saved = put(two, number, 1, "Selon Benoît.")
    assert saved.outcome is writing.Outcome.CONFLIT and saved.version == 2 and saved.fork
    given = {"texte": "Autre."} if choice == "texte" else None
    with pytest.raises(Invalid):
        writing.choose(scope=scope_of(one), dossier=number, fork=saved.fork, choice="hasard")
    done = writing.choose(scope=scope_of(one), dossier=number, fork=saved.fork, choice=choice, content=given)
    assert done.content == {"texte": text} and done.version == 3
    with pytest.raises(Conflict):
        writing.choose(scope=scope_of(one), dossier=number, fork=saved.fork, choice="autre")
    with in_scope(scope_of(one)):
        assert Fork.objects.get().content == {"texte": "Selon Benoît."}, "the text stays, whatever was chosen"


def test_what_is_not_of_the_rubric_is_refused_or_left_out(pair: Pair) -> None:
    one, _, number = pair

    def send(rubric: str, **content: object) -> writing.Saved:
        return writing.save(scope=scope_of(one), dossier=number, rubric=rubric, base=0, content=content)

    with pytest.raises(NotFound):
        send("inconnue", texte="x")
    with pytest.raises(Invalid, match="60000"):
        send("enjeux", texte="x" * 60_001)
    with pytest.raises(Invalid, match="n'est pas dans la liste"):
        send("equipe", lignes=[{"nom": "A", "profession": "sorcier"}])
    with pytest.raises(Invalid, match="200 au plus"):
        send("equipe", lignes=[{"nom": str(n)} for n in range(201)])
    for wrong in ("x", {"a": 1}, [1], 3):
        with pytest.raises(Invalid):
            send("equipe", lignes=wrong)
    kept = send("objectifs", choix=["inconnu", "aval"], texte="a\x00b\r\nc", lignes=[{"id": "x"}]).content
    assert kept == {"texte": "ab\nc", "choix": ["aval"]}
    rows = send(
        "equipe", lignes=[{"id": "a", "nom": "Un", "intrus": "x"}, {"id": "a", "nom": "Deux"}, {"id": "b"}]
    ).content
    assert [row["nom"] for row in rows["lignes"]] == ["Un", "Deux"]
    assert len({row["id"] for row in rows["lignes"]}) == 2 and "intrus" not in rows["lignes"][0]


def test_a_draft_outlives_the_session_and_is_seen_by_the_others(pair: Pair) -> None:
    one, two, number = pair
    put(one, number, 0, "Départ.")
    address = f"/programmes/dossiers/{number}/rubriques/enjeux/"
    said = client_of(one).post(address + "brouillon", {"base": "1", "texte": "Départ. Suite d'Alice."})
    assert said.status_code == 200 and said.json()["version"] == 1
    assert "Départ. Suite d&#x27;Alice.</textarea>" in client_of(one).get(address).content.decode()
    other = client_of(two).get(address).content.decode()
    assert "Brouillon de alice" in other and "Suite d&#x27;Alice." in other and "Départ.</textarea>" in other
    assert client_of(two).post(address + "brouillon", {"acte": "present"}).json()["presents"] == ["alice"]
    put(two, number, 1, "Début de Benoît. Départ.")
    merged = client_of(one).post(address, {"base": "1", "texte": "Départ. Suite d'Alice."}, follow=True)
    assert "Début de Benoît. Départ. Suite d&#x27;Alice.</textarea>" in merged.content.decode()
    with in_scope(scope_of(one)):
        assert not Draft.objects.filter(author="alice").exclude(content=None).exists()
    client_of(one).post(address + "brouillon", {"base": "3", "texte": "À jeter"})
    client_of(one).post(address + "brouillon", {"acte": "jeter"})
    assert "À jeter" not in client_of(one).get(address).content.decode()


def test_what_was_typed_stays_on_the_page_when_it_is_refused(pair: Pair) -> None:
    one, _, number = pair
    address = f"/programmes/dossiers/{number}/rubriques/equipe/"
    given = {"base": "0", "texte": "Mon texte", "ligne-0-nom": "Camille", "ligne-0-profession": "sorcier"}
    answer = client_of(one).post(address, given)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Mon texte</textarea>" in page and 'value="Camille"' in page
    assert "n&#x27;est pas dans la liste" in page


def test_a_mention_tells_who_reads_the_dossier_and_nobody_else(pair: Pair) -> None:
    one, two, number = pair
    stranger = account(Role.CHARGE_PROGRAMMES, MACON, "etranger")
    text = "@benoit.x. et @etranger, voyez @inconnu et moi@ailleurs.fr @alice"
    remark = commenting.comment(scope=scope_of(one), dossier=number, rubric="enjeux", text=text)
    with in_scope(scope_of(two)):
        (told,) = notifications(scope=scope_of(two))
        assert "alice vous cite" in told.text and told.rubric == "enjeux" and not told.read
    with in_scope(scope_of(stranger)):
        assert notifications(scope=scope_of(stranger)) == []
    with in_scope(scope_of(one)):
        assert notifications(scope=scope_of(one)) == []
        notifying.mark_read(scope=scope_of(one))
    with in_scope(scope_of(two)):
        assert Notification.objects.get().read_at is None, "nobody reads for somebody else"
    notifying.mark_read(scope=scope_of(two))
    with in_scope(scope_of(two)):
        assert Notification.objects.get().read_at is not None
    commenting.comment(scope=scope_of(two), dossier=number, rubric="enjeux", text="Vu", thread=remark)
    commenting.settle(scope=scope_of(two), dossier=number, remark=remark, resolved=True)
    with pytest.raises(Conflict):
        commenting.settle(scope=scope_of(two), dossier=number, remark=remark, resolved=True)
    with in_scope(scope_of(one)):
        (shown,) = read(scope=scope_of(one), dossier=number, rubric="enjeux").remarks
        assert shown.resolved and shown.resolved_by == "benoit.x" and [r.text for r in shown.replies] == ["Vu"]
        with pytest.raises(DatabaseError), transaction.atomic():
            Comment.objects.all().delete()
    commenting.settle(scope=scope_of(one), dossier=number, remark=remark, resolved=False)
    for wrong in ("", "x" * 5000):
        with pytest.raises(Invalid):
            commenting.comment(scope=scope_of(one), dossier=number, rubric="enjeux", text=wrong)
    for who in (stranger, account(Role.DIRECTION, MACON)):
        with pytest.raises(NotFound), in_scope(scope_of(who)):
            commenting.comment(scope=scope_of(who), dossier=number, rubric="enjeux", text="intrus")


def test_the_agency_does_not_remark_on_the_writing(pair: Pair) -> None:
    one, _, number = pair
    theirs = agency()
    with pytest.raises((Denied, NotFound)), in_scope(theirs):
        commenting.comment(scope=theirs, dossier=number, rubric="enjeux", text="intrus")
    with in_scope(scope_of(one)):
        assert not Comment.objects.exists()


def test_a_party_that_agreed_writes_too(pair: Pair) -> None:
    _, _, number = pair
    theirs = account(Role.CHARGE_PROGRAMMES, LANGRES)
    with pytest.raises(Denied):
        put(theirs, number, 0, "Avant l'accord.")
    from archipel.programmes.dossiers.services import perimeter

    perimeter.answer(scope=scope_of(theirs), dossier=number, finess=LANGRES, agrees=True)
    assert put(theirs, number, 0, "Après l'accord.").version == 1

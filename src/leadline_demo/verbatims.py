"""What customers write in surveys: short comments in five languages, by mood and topic."""

from typing import Final

import numpy as np
import pyarrow as pa

from leadline_demo.arrays import Bools, Ints, ints
from leadline_demo.names import LANGUAGES

HAPPY: Final[dict[str, tuple[str, ...]]] = {
    "de": ("Schnell und freundlich, danke.", "Alles bestens gelöst!", "Sehr kompetente Beratung, gerne wieder.",
           "Endlich jemand, der zuhört."),
    "it": ("Molto gentili e veloci.", "Problema risolto subito, grazie!", "Operatrice preparata, complimenti.",
           "Tutto perfetto."),
    "fr": ("Très aimable et efficace.", "Problème réglé tout de suite, merci.", "Conseillère compétente, bravo.",
           "Rien à redire."),
    "en": ("Quick and friendly, thank you.", "Sorted in one call - brilliant.", 'They said "no problem" and meant it.',
           "Really helpful agent.\nWill recommend."),
    "es": ("Muy amables y rápidos.", "Lo resolvieron enseguida, gracias.", "Excelente atención.", "Todo perfecto."),
}  # fmt: skip
COMPLAINTS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "de": (("Die Rechnung stimmt nicht.", "Rechnung unverständlich."),
           ("Zu teuer geworden.", "Preise steigen ständig."),
           ("Vertrag lässt sich nicht ändern.", "Kündigung wurde ignoriert."),
           ("Internet fällt dauernd aus.", "Seit Tagen keine Verbindung."),
           ("Sicherung bricht immer ab.", "Vault synchronisiert nicht."),
           ("Einrichtung viel zu kompliziert.", "Anleitung hilft nicht."), ("Gerät kam zu spät.", "Paket beschädigt."),
           ("Konto gesperrt, niemand weiß warum.", "Passwort ging dreimal verloren.")),
    "it": (("La fattura è sbagliata.", "Fattura incomprensibile."), ("Troppo caro.", "Prezzi in aumento."),
           ("Impossibile cambiare contratto.", "Disdetta ignorata."), ("Internet cade sempre.", "Nessuna connessione."),
           ("Il backup si interrompe.", "Vault non sincronizza."), ("Installazione complicata.", "Istruzioni inutili."),
           ("Consegna in ritardo.", "Pacco danneggiato."), ("Account bloccato.", "Password persa.")),
    "fr": (("La facture est fausse.", "Facture incompréhensible."), ("Trop cher.", "Les prix augmentent."),
           ("Impossible de changer de contrat.", "Résiliation ignorée."),
           ("Coupures permanentes.", "Plus de connexion."),
           ("La sauvegarde s'arrête.", "Vault ne synchronise pas."),
           ("Installation compliquée.", "Notice inutile."),
           ("Livraison en retard.", "Colis abîmé."), ("Compte bloqué.", "Mot de passe perdu.")),
    "en": (("The bill is wrong, again.", "Could not understand my invoice."),
           ("Too expensive now.", "Prices keep rising."),
           ("Could not change my contract.", "My cancellation was ignored."),
           ("Connection drops every evening.", "No internet for days, nobody knew why."),
           ("Backup stops half way.", "Vault does not sync."),
           ("Set-up far too complicated.", "The guide did not help."),
           ("Device came late.", "Parcel was damaged, and no reply."),
           ("Account locked for no reason.", "Lost my password.")),
    "es": (("La factura no es correcta.", "No entiendo la factura."), ("Demasiado caro.", "Los precios suben."),
           ("No pude cambiar el contrato.", "Ignoraron mi baja."), ("La conexión se cae.", "Días sin internet."),
           ("La copia se interrumpe.", "Vault no sincroniza."), ("Instalación complicada.", "La guía no ayuda."),
           ("El equipo llegó tarde.", "Paquete dañado."), ("Cuenta bloqueada.", "Perdí la contraseña.")),
}  # fmt: skip
DOUBLE_CHARGE: Final = (
    "Me cobraron dos veces la misma factura.", "Doble cobro en mi tarjeta y nadie responde.",
    "Aparece un cobro duplicado desde agosto.", "Llevo tres semanas esperando la devolución del doble cobro.",
)  # fmt: skip
BOT_TEXTS: Final = (
    "Best service ever!!!",
    "Amazing company 10/10",
    "I love it so much",
    "Great great great",
    "Top!",
)

_SENTENCES: Final[list[str | None]] = [
    *(text for language in LANGUAGES for text in HAPPY[language]),
    *(text for language in LANGUAGES for topic in COMPLAINTS[language] for text in topic),
    *DOUBLE_CHARGE,
]  # fmt: skip
_FIRST_COMPLAINT: Final = len(LANGUAGES) * 4
_FIRST_DOUBLE: Final = _FIRST_COMPLAINT + len(LANGUAGES) * 16


def comment(
    rng: np.random.Generator, language: Ints, topic: Ints, *, happy: Bools, doubled: Bools, share: float
) -> pa.Array:
    """Give a comment (or null) for each answer: `doubled` marks those who may complain of a double charge."""
    count = len(language)
    four, two, written = rng.integers(0, 4, count), rng.integers(0, 2, count), rng.random(count) < share
    chosen = np.where(happy, language * 4 + four, _FIRST_COMPLAINT + language * 16 + topic * 2 + two)
    chosen = np.where(doubled & ~happy, _FIRST_DOUBLE + four, chosen)
    return pa.array(_SENTENCES).take(pa.array(ints(chosen), mask=~written))

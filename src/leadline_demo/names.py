"""Invented people and firms: pools of names by language, spelled as systems spell them."""

from typing import Final

FIRST_NAMES: Final[dict[str, str]] = {
    "de": "Anna Lena Jürgen Katrin Stefan Sabine Björn Heike Uwe Marlene Jonas Käthe Dieter Ute Moritz Franziska Götz "
          "Silke Matthias Brigitte Lukas Annika Rüdiger Petra Holger Nadja Tobias Frauke Jörg Verena",
    "it": "Giulia Marco Francesca Luca Chiara Matteo Sara Alessandro Elena Davide Martina Paolo Nicolò Silvia Andrea "
          "Ilaria Stefano Beatrice Fabio Valeria Simone Lucia Roberto Noemi Enrico Marta Giorgio Carla Piero Irene",
    "fr": "Camille Julien Élodie Nicolas Aurélie Thomas Margaux Pierre Chloé Antoine Manon Hugo Léa François Sophie "
          "Benoît Claire Mathieu Inès Olivier Pauline Rémi Nathalie Étienne Juliette Gaël Sylvie Bastien Céline Yann",
    "en": "Oliver Grace Harry Emily Jack Charlotte Liam Sophie Noah Amelia George Isla Thomas Chloe James Lily Aidan "
          "Ciara Sean Niamh Ethan Ava Mason Harper Logan Hannah Caleb Megan Ruby Owen",
    "es": "Lucía Carlos María José Sofía Diego Valentina Andrés Camila Juan Paula Miguel Daniela Javier Ximena Pablo "
          "Fernanda Luis Gabriela Sergio Mónica Raúl Elena Hugo Natalia Óscar Adriana Iván Rocío Tomás",
}  # fmt: skip
LAST_NAMES: Final[dict[str, str]] = {
    "de": "Müller Schmidt Weiß Schröder Fischer Weber Krämer Bauer Jäger Hoffmann Schäfer Koch Richter Klein Wolf Groß "
          "Neumann Schwarz Zimmermann Braun Krüger Hartmann Lange Köhler Brandt Vogel Böhm Peters Lorenz Möller "
          "Kaiser Fuchs Scholz Graf Dietrich Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold",
    "it": "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa Giordano "
          "Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone "
          "Longo Gentile Martinelli Vitale Lombardo Serra Coppola Marchetti Parisi Villa Conte Ferri Fabbri Bianco",
    "fr": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia "
          "David Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Martinez "
          "Legrand Garnier Faure Rousseau Blanc Guérin Muller Henry Roussel Nicolas Perrin Morin Mathieu Clément",
    "en": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White "
          "Roberts Green Hall Wood Jackson Clarke Harris Clark Lewis Murphy Kelly Byrne Ryan Walsh Doyle Anderson "
          "Miller Moore Young King Baker Hill Scott Adams Nelson Carter Mitchell Parker Collins Edwards Stewart",
    "es": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz "
          "Moreno Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco "
          "Molina Morales Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Iglesias Medina Garrido Cortés",
}  # fmt: skip
TOWNS: Final[dict[str, tuple[str, ...]]] = {
    "DE": ("Berlin", "Hamburg", "München", "Köln", "Leipzig", "Nürnberg", "Stuttgart", "Düsseldorf"),
    "AT": ("Wien", "Graz", "Linz"), "NL": ("Utrecht", "Rotterdam", "Groningen"), "CH": ("Zürich", "Bern", "Basel"),
    "IT": ("Milano", "Torino", "Bologna", "Napoli", "Forlì"), "FR": ("Lyon", "Nîmes", "Paris", "Besançon"),
    "GB": ("Manchester", "Leeds", "London", "Glasgow", "Cardiff"), "IE": ("Dublin", "Cork", "Galway"),
    "US": ("Tampa", "Atlanta", "Columbus", "Denver", "Austin"), "CA": ("Toronto", "Montréal", "Ottawa"),
    "MX": ("Monterrey", "Mérida", "Puebla"), "CO": ("Bogotá", "Medellín", "Cali"),
}  # fmt: skip
DIALLING: Final = {"DE": 49, "AT": 43, "NL": 31, "CH": 41, "IT": 39, "FR": 33, "GB": 44, "IE": 353, "US": 1, "CA": 1,
                   "MX": 52, "CO": 57}  # fmt: skip
FIRMS: Final = {"de": "GmbH", "it": "S.r.l.", "fr": "SARL", "en": "Ltd", "es": "S.A."}
TRADES: Final = (
    "Logistics",
    "Foods",
    "Optics",
    "Design",
    "Textil",
    "Media",
    "Marine",
    "Metals",
    "Studio",
    "Care",
)
LANGUAGES: Final = ("de", "it", "fr", "en", "es")

_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ö": "Oe", "Ü": "Ue", "Ä": "Ae"})
_BARE = str.maketrans("áàâçéèêëíìîïñóòôúùûÁÉÍÓÚÑ", "aaaceeeeiiiinooouuuAEIOUN")


def plain(name: str) -> str:
    """Spell a name without umlauts and accents, as e-mail addresses and careless clerks do."""
    return name.translate(_PLAIN).translate(_BARE)


def misspell(name: str) -> str:
    """Spell a name as somebody who only heard it: no umlauts, two inner letters swapped or a double one halved."""
    bare = plain(name)
    if len(bare) < 5:
        return bare + "h"
    return bare[:2] + bare[3:] if bare[2] == bare[3] else bare[:2] + bare[3] + bare[2] + bare[4:]

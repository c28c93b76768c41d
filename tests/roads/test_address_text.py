import pytest

from doorstep.roads.address_text import Reading, readings, split_postcode, street_key


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Rua de Santa Catarina", "R. Sta. Catarina"),
        ("Avenida da Boavista", "Av. Boavista"),
        ("High Street", "HIGH ST."),
        ("Kurfürstenstraße", "Kurfurstenstr."),
        ("Praça da República", "Pça. Republica"),
        ("Kurfürsten Straße", "kurfürstenstr"),
    ],
)
def test_two_spellings_of_a_street_have_one_key(a, b):
    assert street_key(a) == street_key(b)


def test_different_streets_have_different_keys():
    assert street_key("Rua do Sol") != street_key("Rua da Lua")
    assert street_key("Rua 5 de Outubro") != street_key("Rua 31 de Janeiro")


@pytest.mark.parametrize(
    ("text", "street", "number", "letter"),
    [
        ("Rua de Cedofeita 123, Porto", "Rua de Cedofeita", 123, ""),
        ("Rua de Cedofeita, 123, 2º Esq, Porto", "Rua de Cedofeita", 123, ""),
        ("Rua de Cedofeita, n.º 12b", "Rua de Cedofeita", 12, "b"),
        ("12a High Street, London", "High Street", 12, "a"),
        ("12, High Street", "High Street", 12, ""),
        ("Hauptstr. 5 A, Bayreuth", "Hauptstraße", 5, "a"),
        ("Mannerheimintie 5 B 12", "Mannerheimintie", 5, "b"),
        ("Hauptstraße 12-14", "Hauptstraße", 12, ""),
    ],
)
def test_the_likeliest_reading_has_street_number_and_letter(text, street, number, letter):
    assert next(readings(text)) == Reading(street_key(street), number, letter)


def test_a_number_in_a_streets_name_is_also_read_as_part_of_it():
    assert Reading(street_key("Rua 31 de Janeiro")) in readings("Rua 31 de Janeiro")
    assert Reading(street_key("25 de Abril"), 7) in readings("25 de Abril 7")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Rua do Sol 5, 4050-180 Porto", "4050-180"),
        ("Hauptstr. 5, 95444 Bayreuth", "95444"),
        ("10 Downing Street, SW1A 2AA", "SW1A 2AA"),
        ("Rua do Sol 5, Porto", ""),
        ("12345 Main Street", ""),
        ("4050-180", "4050-180"),
    ],
)
def test_a_postcode_is_seen_where_it_may_stand(text, code):
    assert split_postcode(text, ())[1] == code


def test_a_code_that_the_map_knows_is_seen_whatever_its_shape():
    rest, code = split_postcode("Harbour Way 3, T101 Millbridge", {"T101"})

    assert code == "T101"
    assert "T101" not in rest

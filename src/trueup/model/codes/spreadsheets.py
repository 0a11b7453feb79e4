"""Codes of problems with spreadsheets and with the maps of their columns."""

from typing import Final

from trueup.model.codes.code import error

SPREADSHEETS: Final = (
    error(
        "spreadsheet-file",
        "The file cannot be read as a spreadsheet, or is larger than trueup reads.",
        "Its encoding, its quotes, its separator or its format is not certain, or a part of it is damaged.",
        "Save it again as the message says: CSV in UTF-8, or xlsx without a password.",
        "certificates.csv in Windows-1252",
    ),
    error(
        "sheet-header",
        "A header is not text, or two columns have the same one.",
        "The map names columns by their headers.",
        "Give each column a header of its own.",
        "ID,Number,Number",
    ),
    error(
        "sheet-shape",
        "A row has another number of cells than the header, a cell has no header, or cells are merged.",
        "It is not certain which column or row the value belongs to.",
        "Correct the row, or unmerge the cells and write the value into each.",
        "ACME-EPD-001,ABC-123,extra     # the header has two columns",
    ),
    error(
        "cell-error",
        "The cell is an error, or a formula without a result.",
        "There is no value.",
        "Correct the formula, or write the value.",
        "#N/A",
    ),
    error(
        "cell-date",
        "The cell is a date that can be read in two ways, or a date where the field takes none.",
        "Countries write the day or the month first, and spreadsheet programs turn other texts into dates.",
        "Write dates as YYYY-MM-DD, set `dates` for the column in the map, or give the column the format Text.",
        "03/04/2025     # 3 April or 4 March",
    ),
    error(
        "cell-number",
        "The number may have lost digits or zeros, or has a comma.",
        "Spreadsheet programs keep 15 digits, drop zeros in front and at the end, and show long numbers as 1.23E+11.",
        "Give the column the format Text, and write the values again; or set `exact` for the column in the map.",
        "123     # other values of the column are 00456 and 00789",
    ),
    error(
        "cell-text",
        "The text has invisible characters, spaces at its ends, or characters of another encoding.",
        "The platforms compare texts character by character.",
        "Write the text as the message says; or set `exact` for the column in the map.",
        "MÃ¼ller     # Müller, read with the wrong encoding",
    ),
    error(
        "cell-type",
        "The cell does not have the type of the field, or is a boolean where the field takes text.",
        "Spreadsheet programs turn `true` into TRUE.",
        "Write the type that the message names, or give the column the format Text.",
        "yes     # the field takes true or false",
    ),
    error(
        "row-without-id",
        "The row does not say which resource, or which element of a list, it describes.",
        "Each row needs an id, also if it continues the row above.",
        "Fill the id in, or remove the row.",
        ",,Brand B     # the first column has the ids",
    ),
    error(
        "rows-disagree",
        "Two rows with the same id have different values for a field that has only one.",
        "Rows with the same id describe one resource.",
        "Write the same value into both, or leave it out of one.",
        "two rows of ACME-EPD-001 with different dates",
    ),
    error(
        "column-not-found",
        "The spreadsheet has no column with this header.",
        "A field whose column is missing would silently keep its value.",
        "Correct the header in the map, or remove the column from the map.",
        "columns: {Nubmer: spec.certificateNumber}",
    ),
    error(
        "unknown-column-field",
        "A column cannot have this field.",
        "The field does not exist, or is a list or a mapping as a whole.",
        "Use a field that `trueup import --from FILE --map-example` lists.",
        "columns: {Brand: spec.brands}     # write: spec.brands.name",
    ),
    error(
        "column-map",
        "The map contradicts itself, or lacks a column that identifies rows or elements.",
        "It is not certain what a row describes.",
        "Correct the map as the message says.",
        "columns: {Number: spec.certificateNumber}     # no column has metadata.externalId",
    ),
)

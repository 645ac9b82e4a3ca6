from django.db import migrations, models


class Migration(migrations.Migration):
    """Words alone: what a province asks for besides in the recap of its daily rows, and documents as files."""

    dependencies = [
        ("registrations", "0046_status_counts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="documentrequest",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "Asked for"),
                    ("incomplete", "Papers are missing"),
                    ("in_work", "In work"),
                    ("ready", "Ready"),
                    ("handed_over", "Given out"),
                    ("refused", "Refused"),
                ],
                default="asked",
                max_length=11,
            ),
        ),
        migrations.AlterField(
            model_name="officecount",
            name="what",
            field=models.CharField(
                choices=[
                    ("family_card", "Family card (KK)"),
                    ("birth_certificate", "Birth certificate"),
                    ("death_certificate", "Death certificate"),
                    ("child_card", "Child identity card (KIA)"),
                    ("moving", "Moving"),
                    ("other", "Other document"),
                    ("birth_0_17", "Birth certificate, 0 to 17 years"),
                    ("birth_over_17", "Birth certificate, over 17 years"),
                    ("marriage", "Marriage certificate"),
                    ("divorce", "Divorce certificate"),
                    ("moving_out", "Moving out (SKPWNI)"),
                    ("moving_in", "Moving in (SKPWNI)"),
                    ("child_card_0_5", "KIA, 0 to 5 years"),
                    ("child_card_over_5", "KIA, over 5 years"),
                    ("new_nik", "New NIK"),
                    ("print_ready", "PRR of that day"),
                    ("sent", "SFE"),
                    ("duplicate", "Duplicate record"),
                    ("online", "Online services"),
                    ("agreements", "Cooperation agreements (PKS) in force"),
                    ("data_access", "Institutions with access to data"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="export",
            name="kind",
            field=models.CharField(
                choices=[
                    ("residents", "Residents of the office"),
                    ("queue", "Bookings of a session"),
                    ("waiting", "Waiting list of a session"),
                    ("missing", "Who is missing after an event"),
                    ("mend", "Rows of an import to mend"),
                    ("annex", "Annex of a destruction of cards"),
                    ("letter", "Letter to a school or another venue"),
                    ("voters", "Result of a voters' list, as a workbook"),
                    ("voters_csv", "Result of a voters' list, as CSV"),
                    ("village", "Sheet for a village head"),
                    ("documents", "Documents that people asked for, as a workbook"),
                    ("doc_csv", "Documents that people asked for, as CSV"),
                ],
                max_length=10,
                verbose_name="list",
            ),
        ),
    ]

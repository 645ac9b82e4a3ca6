from django.db import migrations

#: What no serving role ever writes: loaded by migrations, or not used at all.
_NOBODY = (
    "auth_group, auth_permission, auth_group_permissions, django_content_type, django_migrations"
)
#: Accounts are the pages' matter; a job only reads who somebody is.
_PAGES_ONLY = (
    "accounts_user, accounts_posting, accounts_postingevent, accounts_apitoken, mfa_authenticator,"
    " usersessions_usersession, django_session, account_emailaddress, account_emailconfirmation"
)


class Migration(migrations.Migration):
    """Serving roles keep the rights that they use (dukcapil/grants.py has the whole list)."""

    dependencies = [
        ("accounts", "0003_access_chain"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("knox", "0009_extend_authtoken_field"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            f"""
            REVOKE INSERT, UPDATE, DELETE ON {_NOBODY} FROM web, worker;
            REVOKE ALL ON knox_authtoken FROM web, worker;
            REVOKE DELETE ON accounts_user, accounts_posting FROM web;
            REVOKE INSERT, UPDATE, DELETE ON {_PAGES_ONLY} FROM worker;
            REVOKE INSERT, UPDATE ON accounts_idempotentanswer FROM worker;
            """,
            migrations.RunSQL.noop,
        ),
    ]

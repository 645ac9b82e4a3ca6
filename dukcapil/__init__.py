"""Settings, addresses and Celery above all apps; core, regions and accounts below them."""

"""Everything about storage: schema, engines, stores, migrations, and content that ships as data."""

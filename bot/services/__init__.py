"""One function per intention; each opens its transaction and knows neither Discord nor wording."""

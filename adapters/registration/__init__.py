"""Registration: speaks to a registration system (Einwohnermeldewesen) over SOAP."""

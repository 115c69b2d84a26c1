"""HTTP: one exchange for REST and SOAP, how it is secured, and what every error and status means."""

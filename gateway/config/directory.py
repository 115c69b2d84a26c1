"""Directory: what the files of a configuration say, as the values that the core works with."""

from datetime import timedelta

from gateway.config.model import DestinationSettings, TenantFile
from gateway.core.breaker import BreakerPolicy
from gateway.core.priority import Priority
from gateway.core.rate import Rate
from gateway.core.retry import RetryPolicy
from gateway.core.tenants import Booking, Destination, Tenant


def tenant_of(key: str, tenant: TenantFile) -> Tenant:
    """The tenant that a file describes; `key` is the file's name."""
    bookings = [
        Booking(
            each.service,
            tuple(each.destinations),
            tuple(each.test_destinations),
            None if each.give_up_after_days is None else timedelta(days=each.give_up_after_days),
            Priority[each.priority.upper()],
        )
        for each in tenant.bookings
    ]
    return Tenant(
        key,
        tenant.name,
        tuple(tenant.ags),
        tuple(bookings),
        tuple(tenant.leitweg_ids),
        dict(tenant.deadlines),
    )


def destination_of(name: str, settings: DestinationSettings) -> Destination:
    """The destination that a table describes."""
    retry = settings.retry
    return Destination(
        name=name,
        adapter=settings.adapter,
        settings=settings.settings,
        transport=settings.transport,
        payload=settings.payload,
        retry=RetryPolicy(
            first=timedelta(seconds=retry.first_seconds),
            factor=retry.factor,
            longest=timedelta(minutes=retry.longest_minutes),
            give_up_after=timedelta(days=retry.give_up_after_days),
            jitter=retry.jitter,
        ),
        breaker=BreakerPolicy(
            failures=settings.breaker.failures,
            first=timedelta(seconds=settings.breaker.first_seconds),
            factor=settings.breaker.factor,
            longest=timedelta(minutes=settings.breaker.longest_minutes),
        ),
        rate=Rate(settings.rate.per_second, settings.rate.burst) if settings.rate else None,
        idempotent=settings.idempotent,
        ordered=settings.ordered,
        test=settings.test,
        concurrency=settings.concurrency,
        attempt_within=timedelta(seconds=settings.attempt_seconds),
        lease=timedelta(seconds=settings.lease_seconds),
        confirm_within=timedelta(days=settings.confirm_within_days),
        rabbitmq_user=settings.rabbitmq_user,
        ask_every=timedelta(seconds=settings.ask_every_seconds),
        collect_every=timedelta(seconds=settings.collect_every_seconds),
        versions={standard: tuple(each) for standard, each in settings.versions.items()},
    )

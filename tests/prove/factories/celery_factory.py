"""Doubles for celery's unit tests: each method sets what most of them set on that double, or use of it."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock


class SSotMockFactory:
    """The one place where celery's doubles are made."""

    @staticmethod
    def create_connection_mock(driver_type: str = "amqp", **attributes: Any) -> Mock:
        """A broker connection whose errors are no exceptions of anybody's."""
        connection = Mock(**attributes)
        connection.transport.driver_type = driver_type
        connection.connection_errors = ()
        connection.channel_errors = ()
        connection.ensure_connection = Mock()
        connection.drain_events = Mock()
        return connection

    @staticmethod
    def create_channel_mock(**attributes: Any) -> Mock:
        """A channel of a connection."""
        return Mock(**attributes)

    @staticmethod
    def create_consumer_mock(initial_prefetch_count: int = 16) -> Mock:
        """The worker's consumer, before it has got any quality of service."""
        consumer = Mock()
        consumer.initial_prefetch_count = initial_prefetch_count
        consumer.controller.max_concurrency = None
        consumer.pool.num_processes = 4
        consumer.connection.connection_errors = ()
        consumer.connection.channel_errors = ()
        consumer.task_consumer = Mock()
        consumer.update_strategies = Mock()
        consumer.on_decode_error = Mock()
        return consumer

    @staticmethod
    def create_worker_mock(hostname: str = "worker@host") -> Mock:
        """A worker with its name."""
        worker = Mock()
        worker.hostname = hostname
        worker.consumer = Mock()
        return worker

    @staticmethod
    def create_backend_mock(**attributes: Any) -> Mock:
        """A result backend that takes note of what it is told."""
        backend = Mock(**attributes)
        backend.mark_as_done = Mock()
        backend.mark_as_failure = Mock()
        backend.mark_as_retry = Mock()
        backend.store_result = Mock()
        backend.get_state = Mock()
        backend.process_cleanup = Mock()
        return backend

    @staticmethod
    def create_collection_mock() -> Mock:
        """A collection of MongoDB."""
        collection = Mock()
        collection.find_one = Mock()
        collection.replace_one = Mock()
        collection.delete_one = Mock()
        collection.delete_many = Mock()
        return collection

    @staticmethod
    def create_pool_mock(**attributes: Any) -> Mock:
        """A pool of processes that runs nothing."""
        pool = Mock(**attributes)
        pool.apply_async = Mock()
        pool.terminate_job = Mock()
        pool.on_timeout_set = Mock()
        pool.on_timeout_cancel = Mock()
        return pool

    @staticmethod
    def create_process_mock(is_alive: bool = True) -> Mock:
        """A process of the pool, alive unless told otherwise."""
        process = Mock()
        process._is_alive.return_value = is_alive
        return process

    @staticmethod
    def create_proc_mock(is_alive: bool = True) -> Mock:
        """The same under the short name that the tests of the pool use."""
        return SSotMockFactory.create_process_mock(is_alive)

    @staticmethod
    def create_request_mock(group: str | None = None, chord: Any = None) -> Mock:
        """A request that belongs to no group and no chord."""
        request = Mock()
        request.group = group
        request.chord = chord
        request.errbacks = []
        return request

    @staticmethod
    def create_task_mock(name: str = "foobarbaz") -> Mock:
        """A task with its name."""
        task = Mock()
        task.name = name
        task.request.is_eager = False
        return task

    @staticmethod
    def create_app_mock(**attributes: Any) -> Mock:
        """An app without any queue."""
        app = Mock(**attributes)
        app.amqp.queues = {}
        return app

    @staticmethod
    def create_qos_mock(**attributes: Any) -> Mock:
        """The quality of service of a consumer."""
        qos = Mock(**attributes)
        qos.increment_eventually = Mock()
        qos.decrement_eventually = Mock()
        qos.update = Mock()
        return qos

    @staticmethod
    def create_producer_mock() -> Mock:
        """A producer that publishes to nobody and recovers from nothing."""
        producer = Mock()
        producer.publish = Mock()
        producer.connection.recoverable_connection_errors = ()
        return producer

    @staticmethod
    def create_event_dispatcher_mock(**attributes: Any) -> Mock:
        """A dispatcher of events that sends none."""
        dispatcher = Mock(**attributes)
        dispatcher.send = Mock()
        dispatcher.flush = Mock()
        return dispatcher

    @staticmethod
    def create_message_mock(**attributes: Any) -> Mock:
        """A message that can be acknowledged."""
        message = Mock(**attributes)
        message.ack = Mock()
        message.reject = Mock()
        return message

    @staticmethod
    def create_callback_mock(**attributes: Any) -> Mock:
        """A callback, which returns nothing that anybody uses."""
        callback = Mock(**attributes)
        callback.return_value = None
        return callback

    @staticmethod
    def create_session_mock() -> Mock:
        """A session of Cassandra."""
        session = Mock()
        session.execute = Mock()
        return session

    @staticmethod
    def create_blueprint_mock() -> Mock:
        """The blueprint of a worker."""
        blueprint = Mock()
        blueprint.start = Mock()
        blueprint.stop = Mock()
        return blueprint

    @staticmethod
    def create_job_mock() -> Mock:
        """A job that a process has accepted."""
        job = Mock()
        job._accepted = True
        job._writer.return_value = None
        return job

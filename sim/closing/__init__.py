"""The only place where a simulated year is paid, settled, booked and measured."""

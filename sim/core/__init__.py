"""What everything stands on, which knows nothing of health or money: units, draws, parameters, errors, text, files."""

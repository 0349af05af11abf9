"""Pure rules of forecasts: no clock, no database, no forecasting library."""

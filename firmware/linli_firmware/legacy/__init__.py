"""Masters for meters and sensors that were there before: CJ/T 188, DL/T 645, Modbus RTU."""

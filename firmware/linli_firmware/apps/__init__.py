"""The pure logic of each kind of device."""

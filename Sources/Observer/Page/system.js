// system

"""What a movement may mean for people and places: pure geometry, without judgement."""

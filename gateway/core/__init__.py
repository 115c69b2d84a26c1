"""What a gateway is: plain values and decisions. No I/O, no clock of its own, standard library only."""

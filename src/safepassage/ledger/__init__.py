"""The record of what happened: events, their merge, the board, and the proof that nothing was rewritten."""

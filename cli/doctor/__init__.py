"""`outpaint doctor`: is everything there?"""

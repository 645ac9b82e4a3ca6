"""Which team goes where on which day: plain Python and numpy, without a database.

An instance goes in and a plan comes out, both as JSON; `solve.solve` is the way in. Whole numbers
everywhere: minutes from midnight, rupiah, people, points in thousandths of a person of weight 1.
"""

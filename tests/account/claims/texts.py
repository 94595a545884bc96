"""Reports of our own: of one event, two of them with sentences in common, and one of somebody who counted anew."""

FIRST = """Around 700 fighters and their families left the barrens of Qara on Monday in 16 buses, heading for Abu \
Kamal, according to Levant Wire.

Around 300 of those who left were fighters and the rest were their relatives, an official said.

A total of 112 relatives who were brought from Arsal joined the others at the assembly point before the departure. \
Earlier, ambulances had driven 25 wounded to two \
clinics down the road, and all of them were back in time.

The old market was closed, and rain had washed out the fields. Farmers complained about the price of seed, and a \
school reopened after the summer. The mayor spoke at length of water, electricity and the harvest to come.
"""

SECOND = """QARA, Aug. 29 (Levant Wire) -- The road was dark when the buses came, and nobody on the square said a word.

A total of 112 relatives who were brought from Arsal joined the others at the assembly point before the departure, as \
the sun went down behind the ridge. Earlier, ambulances had driven 25 wounded to two \
clinics down the road, and all of them were back in time.

A dog barked somewhere. The lamps of the ambulances at the head of the column threw long shadows over the walls, and a \
boy ran alongside until he could keep up no longer. It was close to midnight before the dust had settled.

Reporters had waited since noon for a departure that was delayed by hours, and soldiers kept journalists away.
"""

THIRD = """Source: Desert Post | 2017-08-30

The Red Crescent said that 840 fighters and their families left in 17 buses on Monday night. None of the 25 wounded \
returned. No children were on the first bus.
"""

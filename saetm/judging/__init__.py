"""Topic models compared in pairs by a judge: who meets whom, and what the answers say of them.

The topic judge of mechanistic topic models (arXiv 2507.23220, section 5.1): a judge sees an item
and the top topics of two models, and says which describe it better. What it says is made into one
rating per model by the model of Bradley and Terry.
"""

"""The engine: everything that computes, nothing that draws. The map of the package, in reading order.

expressions           formulas that are typed, worked out exactly, differentiated along their graph
fields, registry      a kind of thing is declared once; forms, files, command line and checks follow from it
formulas              what is computed, as values that are written as text and LaTeX
arrays, records       values inside experiments; results that views draw
streams               named random streams from the three visible seeds
kernels               what compiled code is written in: recorded functions, a vector vocabulary, matrix products
shapes, passes, draws what a declaration is lowered with; random numbers that need no state
summing               how the z of a neuron comes about
activations, losses, optimisers, initialisers, schedules, penalties, regularisers
                      small siblings, from simple to complex
ties                  whose weights a layer has
layers, datasets      one file each
features, network, wiring, affine, experiment, adapt, paths, edits, holding
                      the experiment as a value, its edits, what is held fast
blocks, architectures, renaming, nets
                      ready groups of layers; networks to be read, and ready ones to be taken
design                networks worked out instead of trained: truth tables, lines, linear layers that are one
doctor                what can be wrong with a run, and the change that helps
plan                  an experiment lowered to one compiled loop over flat arenas
landscape             the loss over planes through the weights, and the path of a run
tracing               a run from its start as a table, in floats or exactly
regression            the best weights of a single layer, by the formula or by Newton's method
producers             how each record is made of a look at a running network
filters               what is done to pictures without learning: kernels, histograms, shuffled pixels
machines              the running form of an experiment
stepping              a machine with its past: phases of a sample, steps back
explanations          how each number comes about, as formulas with the numbers filled in
gradcheck, files      checks; the .learn file
transfer              learning in phases: layers held fast, grown, taken over from a saved run
study                 many networks of one experiment: errors against capacity, samples, epochs; folds
race                  several optimisers from one start, on known surfaces or the loss of a network

A file imports only from what stands above it. Nothing here knows the window.
"""

import time
from tests.way.plant import *
from tests.way.search import *
def test_it(way):
    from interfaces.founding import officer_ids
    t=time.time()
    with way.bootstrap.reader() as c: officer = officer_ids(c)[0]
    with way.bootstrap.writer() as handler:
        plant = Plant(handler, officer)
        plant.grow()
    print(len(plant.receipts), time.time()-t, time.process_time()); t=time.time()
    way.caught_up()
    print("caught", time.time()-t); t=time.time()
    print(places(way.bootstrap.owner_dsn, way.state_dir, Needles([plant.words.begins, plant.words.ends])))
    print("search", time.time()-t); t=time.time()
    v = way.done("verify"); print(v["passed"], time.time()-t)

import pytest

from tests.factories import make_user


@pytest.fixture
def client(app, login_as):
    app.config["WTF_CSRF_ENABLED"] = False
    return login_as(make_user("coordinator"))

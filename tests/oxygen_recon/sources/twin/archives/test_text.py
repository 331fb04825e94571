def test_the_text_archives_have_the_real_layout(twin):
    merged = (twin / "archives" / "GLODAP_twin_merged.csv").read_text().splitlines()
    assert len(merged[0].split(",")) == 109 == len(merged[1].split(","))
    assert merged[0].startswith("G2expocode,G2cruise,G2station") and "-9999" in merged[1]
    exchange = next((twin / "archives").glob("*_hy1.csv")).read_text().splitlines()
    assert exchange[0].startswith("BOTTLE,") and exchange[-1] == "END_DATA"
    assert "UMOL/KG" in exchange[3]

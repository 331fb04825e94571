"""ODV spreadsheets after the published descriptions of the format."""

SEADATANET = """//SDN_parameter_mapping
//<subject>SDN:LOCAL:PRES</subject><object>SDN:P01::PRESPR01</object><units>SDN:P06::UPDB</units>
//<subject>SDN:LOCAL:t090C</subject><object>SDN:P01::TEMPPR01</object><units>SDN:P06::UPAA</units>
//<subject>SDN:LOCAL:sal</subject><object>SDN:P01::PSALST01</object><units>SDN:P06::UUUU</units>
//<subject>SDN:LOCAL:bottle O2</subject><object>SDN:P01::DOXYZZXX</object><units>SDN:P06::UMLL</units>
//
Cruise|Station|Type|YYYY-MM-DDThh:mm:ss.sss|Longitude [degrees_east]|Latitude [degrees_north]|LOCAL_CDI_ID|EDMO_code\
|Bot. Depth [m]|PRES [decibar]|QV:SEADATANET|t090C [degC]|QV:SEADATANET|sal [1]|QV:SEADATANET|bottle O2 [ml/l]\
|QV:SEADATANET
A1|7|B|1999-09-02T04:55:00.000|359.5|-60.25|x|486|4000|10|1|-1.5|1|34.2|1|7.5|1
|||||||||20|1|-1.5|1|34.2|1|7.4|3
// a word in between
|||||||||30|1|-1.5|1||9|7.3|A
|||||||||40|1|-1.5|1|34.2|1||9
A1|8|B|1999-09-03|10.5|-60.5|y|486||10|1|-1.0|1|34.0|1|6.5|4
"""


GEOTRACES = """//<Encoding>UTF-8</Encoding>
//<DataField>Ocean</DataField>
Cruise|Station:METAVAR:INDEXED_TEXT|Type|yyyy-mm-ddThh:mm:ss.sss|Longitude [degrees_east]|Latitude [degrees_north]\
|Bot. Depth [m]|CTDPRS_T_VALUE_SENSOR [dbar]|QV:SEADATANET|DEPTH [m]|QV:SEADATANET|CTDTMP_T_VALUE_SENSOR [deg C]\
|STANDARD_DEV|QV:SEADATANET|CTDSAL_D_CONC_SENSOR [pss-78]|QV:SEADATANET|CTDOXY_D_CONC_SENSOR [umol/kg]|QV:SEADATANET\
|OXYGEN_D_CONC_BOTTLE_qizf9x [umol/kg]|STANDARD_DEV|QV:SEADATANET|NITRATE_LL_D_CONC_BOTTLE [umol/kg]|QV:SEADATANET\
|NITRATE_D_CONC_BOTTLE [umol/kg]|STANDARD_DEV|QV:SEADATANET|O2_18_16_D_DELTA_BOTTLE [per 10^3]|QV:SEADATANET
GA03|(101)|B|2010-10-15T01:02:03|350.5|38.3|5200|10|1|9.9|1|20.1||1|36.4|1|230|1|231.5|0.1|1|0.003|1|0.1||1|24|1
GA03|(101)|B|2010-10-15T01:02:03|350.5|38.3|5200|50|1|49.6|1|19.1||1|36.4|1|228|2|||9|||||9||
"""

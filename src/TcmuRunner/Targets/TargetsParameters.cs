// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Login;

namespace TcmuRunner.Targets;

/// <summary>Reads a TPG's <c>parameters</c>, which have the keys' own names, and the attributes that belong to them.</summary>
internal static class TargetsParameters
{
    internal static SessionParameters Read(JsonPlace? parameters, JsonPlace? attributes)
    {
        var defaults = new SessionParameters();
        int maximumBurst = Number(parameters, "MaxBurstLength", 512, (1 << 24) - 1) ?? defaults.MaximumBurstLength;
        return new SessionParameters
        {
            MaximumConnections = Number(parameters, "MaxConnections", 1, ushort.MaxValue) ?? defaults.MaximumConnections,
            InitialR2T = parameters?.Find("InitialR2T")?.Flag() ?? defaults.InitialR2T,
            ImmediateData = parameters?.Find("ImmediateData")?.Flag() ?? defaults.ImmediateData,
            MaximumBurstLength = maximumBurst,
            FirstBurstLength = Math.Min(Number(parameters, "FirstBurstLength", 512, (1 << 24) - 1) ?? defaults.FirstBurstLength, maximumBurst),
            MaximumReceiveDataSegmentLength =
                Number(parameters, "MaxRecvDataSegmentLength", 512, (1 << 24) - 1) ?? defaults.MaximumReceiveDataSegmentLength,
            MaximumOutstandingR2T = Number(parameters, "MaxOutstandingR2T", 1, ushort.MaxValue) ?? defaults.MaximumOutstandingR2T,
            DefaultTime2Wait = Number(parameters, "DefaultTime2Wait", 0, 3600) ?? defaults.DefaultTime2Wait,
            DefaultTime2Retain = Number(parameters, "DefaultTime2Retain", 0, 3600) ?? defaults.DefaultTime2Retain,
            HeaderDigest = Digest(parameters?.Find("HeaderDigest")),
            DataDigest = Digest(parameters?.Find("DataDigest")),
            QueueDepth = Number(attributes, "default_cmdsn_depth", 1, 4096) ?? defaults.QueueDepth,
        };
    }

    private static int? Number(JsonPlace? place, string name, int least, int most) => (int?)place?.Find(name)?.Number(least, most);

    private static DigestChoice Digest(JsonPlace? place)
    {
        if (place is not { } value)
        {
            return DigestChoice.InitiatorDecides;
        }

        string[] choices = value.Text().Split(',');
        return (choices.Contains("CRC32C"), choices.Contains("None")) switch
        {
            (true, true) => DigestChoice.InitiatorDecides,
            (true, false) => DigestChoice.Crc32C,
            (false, true) => DigestChoice.None,
            _ => throw value.Wrong($"'{value.Text()}' names neither CRC32C nor None."),
        };
    }
}

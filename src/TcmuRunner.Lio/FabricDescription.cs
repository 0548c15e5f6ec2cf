// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>What this library knows of a fabric.</summary>
/// <param name="Name">The name that people and saved files use.</param>
/// <param name="Directory">Its directory below <c>target/</c>.</param>
/// <param name="KernelModule">The module that serves it.</param>
/// <param name="Features">What its targets have.</param>
/// <param name="NameKinds">The kinds of names that it takes, its own first.</param>
/// <param name="Spelling">How configfs writes the names.</param>
/// <param name="Hardware">Where its ports are; null when targets may have any name.</param>
internal sealed record FabricDescription(
    string Name,
    string Directory,
    string KernelModule,
    FabricFeatures Features,
    WorldWideNameKind[] NameKinds,
    FabricSpelling Spelling = FabricSpelling.Plain,
    HardwarePorts? Hardware = null)
{
    private static readonly WorldWideNameKind[] s_naa = [WorldWideNameKind.Naa];

    /// <summary>Every fabric that LIO has in the kernel, and efct out of it.</summary>
    internal static IReadOnlyList<FabricDescription> All { get; } =
    [
        new(
            "iscsi",
            "iscsi",
            "iscsi_target_mod",
            FabricFeatures.PortalGroups | FabricFeatures.NetworkPortals | FabricFeatures.NodeAcls | FabricFeatures.Authentication |
            FabricFeatures.DiscoveryAuthentication,
            [WorldWideNameKind.Iqn, WorldWideNameKind.Naa, WorldWideNameKind.Eui]),
        new("loopback", "loopback", "tcm_loop", FabricFeatures.Nexus, s_naa),
        new("vhost", "vhost", "vhost_scsi", FabricFeatures.Nexus | FabricFeatures.NodeAcls | FabricFeatures.PortalGroups, s_naa),
        new("xen-pvscsi", "xen-pvscsi", "xen_scsiback", FabricFeatures.Nexus | FabricFeatures.PortalGroups, s_naa),
        new("qla2xxx", "qla2xxx", "tcm_qla2xxx", FabricFeatures.NodeAcls, s_naa, FabricSpelling.Colons, HardwarePorts.FibreChannel("qla2xxx")),
        new("efct", "efct", "efct", FabricFeatures.NodeAcls, s_naa, FabricSpelling.Colons, HardwarePorts.FibreChannel("efct")),
        new("tcm_fc", "fc", "tcm_fc", FabricFeatures.NodeAcls, s_naa, FabricSpelling.Colons, HardwarePorts.FibreChannelOverEthernet),
        new("srpt", "srpt", "ib_srpt", FabricFeatures.NodeAcls, [WorldWideNameKind.InfiniBand], FabricSpelling.Hexadecimal, HardwarePorts.InfiniBand),
        new("sbp", "sbp", "sbp_target", FabricFeatures.None, [WorldWideNameKind.Eui], FabricSpelling.Digits, HardwarePorts.FireWire),
        new("ibmvscsis", "ibmvscsis", "ibmvscsis", FabricFeatures.None, [WorldWideNameKind.Free], Hardware: HardwarePorts.PowerVirtual),
    ];

    /// <summary>The name as the kernel spells it.</summary>
    internal string ToKernel(string name)
    {
        string digits = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return Spelling switch
        {
            FabricSpelling.Colons => string.Join(':', digits.Chunk(2).Select(pair => new string(pair))),
            FabricSpelling.Hexadecimal => "0x" + digits,
            FabricSpelling.Digits => digits,
            _ => name,
        };
    }

    /// <summary>The name as people write it.</summary>
    internal string FromKernel(string name) => Spelling switch
    {
        FabricSpelling.Colons => "naa." + name.Replace(":", "", StringComparison.Ordinal),
        FabricSpelling.Hexadecimal => "ib." + (name.StartsWith("0x", StringComparison.Ordinal) ? name[2..] : name),
        FabricSpelling.Digits => "eui." + name,
        _ => name,
    };
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>An address and port that a portal group listens on.</summary>
public sealed class NetworkPortal : LioObject
{
    /// <summary>The port that IANA gave to iSCSI targets.</summary>
    public const int DefaultPort = 3260;

    /// <summary>Makes a portal or attaches to it; the kernel listens at once.</summary>
    /// <param name="tpg">Its group.</param>
    /// <param name="address">An IPv4 or IPv6 address, with or without brackets; <c>0.0.0.0</c> or <c>::</c> for every interface.</param>
    /// <param name="port">1 to 65,535.</param>
    /// <param name="mode">What to do when it exists.</param>
    /// <exception cref="LioException">
    /// <see cref="LioErrorKind.Invalid"/>: no such address; <see cref="LioErrorKind.AlreadyExists"/>: another portal or program listens there.
    /// </exception>
    public NetworkPortal(Tpg tpg, string address, int port = DefaultPort, ObjectMode mode = ObjectMode.Any)
        : this(tpg, Check(tpg, address, port), port)
    {
        // The kernel answers EINVAL to this one, as to many a thing.
        if (mode != ObjectMode.Attach && !Exists && tpg.Target.Tpgs.FirstOrDefault(other => Files.IsDirectory($"{other.Path}/np/{Name}")) is { } owner)
        {
            throw new LioException(LioErrorKind.AlreadyExists, $"{owner} listens on {Name} already; two groups of a target cannot share a portal.") { Path = Path };
        }

        Make(mode, $"The portal {Name} of {tpg}");
    }

    private NetworkPortal(Tpg tpg, IPAddress address, int port)
        : base(tpg.Root, $"{tpg.Path}/np/{NameOf(address, port)}") => (Tpg, Address, Port) = (tpg, address, port);

    /// <summary>The group that listens there.</summary>
    public Tpg Tpg { get; }

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    /// <summary>The TCP port.</summary>
    public int Port { get; }

    /// <summary>Whether it serves iSER (iSCSI over RDMA) instead of TCP.</summary>
    public bool Iser
    {
        get => HasFile("iser") && ReadFile("iser") == "1";
        set => SetSwitch("iser", value);
    }

    /// <summary>Whether a Chelsio adapter does the work.</summary>
    public bool Offload
    {
        get => HasFile("cxgbit") && ReadFile("cxgbit") == "1";
        set => SetSwitch("cxgbit", value);
    }

    private string Name => NameOf(Address, Port);

    /// <inheritdoc/>
    public override void Delete()
    {
        if (Exists)
        {
            Iser = false;
            Offload = false;
            Remove();
        }
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["ip_address"] = HostOf(Address);
        dump["port"] = Port;
        dump["iser"] = Iser;
        dump["offload"] = Offload;
        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Tpg}/{Name}";

    internal static NetworkPortal? Existing(Tpg tpg, string directory)
    {
        int colon = directory.LastIndexOf(':');
        return colon > 0 && IPAddress.TryParse(directory[..colon], out IPAddress? address) &&
            int.TryParse(directory[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? new NetworkPortal(tpg, address, port)
            : null;
    }

    private static IPAddress Check(Tpg tpg, string address, int port)
    {
        tpg.Target.FabricModule.Require(FabricFeatures.NetworkPortals, "network portals");
        if (port is < 1 or > 65535)
        {
            throw new LioException(LioErrorKind.Invalid, $"A port is 1 to 65535, not {port}.");
        }

        // IPAddress also takes 1 and 0x7f000001, which nobody means.
        return IPAddress.TryParse(address.Trim(), out IPAddress? parsed) && (parsed.AddressFamily == AddressFamily.InterNetworkV6 || address.Count('.') == 3)
            ? parsed
            : throw new LioException(LioErrorKind.Invalid, $"'{address}' is not an IP address; LIO takes addresses such as 192.0.2.1 or [2001:db8::1], not names.");
    }

    private static string NameOf(IPAddress address, int port) => $"{HostOf(address)}:{port.ToString(CultureInfo.InvariantCulture)}";

    private static string HostOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private void SetSwitch(string file, bool value)
    {
        if (HasFile(file))
        {
            if ((ReadFile(file) == "1") != value)
            {
                WriteFile(file, value ? "1" : "0");
            }
        }
        else if (value)
        {
            throw new LioException(LioErrorKind.NotSupported, $"{this}: this kernel has no '{file}'.") { Path = Path };
        }
    }
}

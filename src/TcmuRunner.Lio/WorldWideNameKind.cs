// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>The forms of names that targets and initiators have.</summary>
public enum WorldWideNameKind
{
    /// <summary>Any text; for fabrics whose hardware names itself.</summary>
    Free = 0,

    /// <summary>iSCSI qualified name, as in <c>iqn.2003-01.org.linux-iscsi.host.x8664:sn.0123456789ab</c>; RFC 7143 4.2.7.</summary>
    Iqn,

    /// <summary>Network address authority, as in <c>naa.5001405012345678</c>; SPC-5 7.7.6.6.</summary>
    Naa,

    /// <summary>EUI-64, as in <c>eui.001405a1b2c3d4e5</c>.</summary>
    Eui,

    /// <summary>InfiniBand port GID, as in <c>ib.</c> and 32 hexadecimal digits.</summary>
    InfiniBand,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus;

/// <summary>Names of errors that the D-Bus specification has, "Standard error names" of the reference bus.</summary>
public static class BusErrorName
{
    /// <summary>Anything that has no name of its own.</summary>
    public const string Failed = "org.freedesktop.DBus.Error.Failed";

    /// <summary>An argument is wrong.</summary>
    public const string InvalidArgs = "org.freedesktop.DBus.Error.InvalidArgs";

    /// <summary>The caller may not do this.</summary>
    public const string AccessDenied = "org.freedesktop.DBus.Error.AccessDenied";

    /// <summary>There is no such object.</summary>
    public const string UnknownObject = "org.freedesktop.DBus.Error.UnknownObject";

    /// <summary>The object has no such interface.</summary>
    public const string UnknownInterface = "org.freedesktop.DBus.Error.UnknownInterface";

    /// <summary>The interface has no such method.</summary>
    public const string UnknownMethod = "org.freedesktop.DBus.Error.UnknownMethod";

    /// <summary>The interface has no such property.</summary>
    public const string UnknownProperty = "org.freedesktop.DBus.Error.UnknownProperty";

    /// <summary>The property cannot be written.</summary>
    public const string PropertyReadOnly = "org.freedesktop.DBus.Error.PropertyReadOnly";

    /// <summary>What is asked for is not supported.</summary>
    public const string NotSupported = "org.freedesktop.DBus.Error.NotSupported";

    /// <summary>Nobody owns the name that a message went to, and nobody can be started for it.</summary>
    public const string ServiceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown";

    /// <summary>The name has no owner.</summary>
    public const string NameHasNoOwner = "org.freedesktop.DBus.Error.NameHasNoOwner";

    /// <summary>No answer came, or will come.</summary>
    public const string NoReply = "org.freedesktop.DBus.Error.NoReply";

    /// <summary>No answer came in time.</summary>
    public const string Timeout = "org.freedesktop.DBus.Error.Timeout";
}

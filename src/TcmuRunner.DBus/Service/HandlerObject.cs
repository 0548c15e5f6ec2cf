// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>
/// The object of one handler, as targetcli and rtslib know it: <c>CheckConfig</c> and <c>ConfigDesc</c>, and <c>ChangeMedium</c>, which
/// targetcli calls for <c>changemedium</c>.
/// </summary>
internal static class HandlerObject
{
    /// <summary>What <c>CheckConfig</c> says of a configuration that is fine.</summary>
    internal const string Success = "success";

    /// <summary>Makes the object.</summary>
    /// <param name="subtype">The handler's subtype, which is the last element of the path.</param>
    /// <param name="configurationHelp">The grammar of its configuration strings.</param>
    /// <param name="check">Checks a configuration string, subtype included.</param>
    /// <param name="changeMedium">Gives a device, by its name, another size and configuration.</param>
    internal static BusObject Create(
        string subtype,
        string configurationHelp,
        Func<BusCall, Task<object[]>> check,
        Func<BusCall, Task<object[]>> changeMedium)
    {
        var described = new BusInterface(ServiceNames.Service)
        {
            Methods =
            [
                new BusMethod("CheckConfig", [new("config", "s")], [new("is_valid", "b"), new("message", "s")], check),
                new BusMethod(
                    "ChangeMedium",
                    [new("name", "s"), new("size", "t"), new("config", "s")],
                    [new("result", "i"), new("message", "s")],
                    changeMedium),
            ],
            Properties = [new BusProperty("ConfigDesc", "s", () => configurationHelp, "const")],
        };
        return new BusObject(PathOf(subtype), [described]) { IsManaged = true };
    }

    /// <summary>Where the object of a handler is. A subtype has letters and digits only.</summary>
    internal static string PathOf(string subtype) => $"{ServiceNames.RootPath}/{subtype}";
}
